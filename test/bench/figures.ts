import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout, from the compiled file: test/dist/bench. */
export const root = fileURLToPath(new URL('../../../', import.meta.url));

/** One line of the table of budgets with today's figure: a ratio unless its name says a unit. */
export interface Figure {
  readonly row: number;
  readonly what: string;
  readonly budget: string;
  readonly today: number;
}

export const median = (list: readonly number[]) =>
  list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)] ?? Number.NaN;

/** Prints the figures and keeps them in bench/results.json, beside those of other rows, with what they were made of. */
export function report(figures: readonly Figure[], details: Readonly<Record<string, unknown>>): void {
  for (const { row, what, budget, today } of figures) {
    process.stdout.write(
      `${String(row).padEnd(3)} ${what.padEnd(46)} budget ${budget.padEnd(9)} today ${today.toFixed(3)}\n`,
    );
  }
  const path = join(root, 'bench/results.json');
  mkdirSync(join(root, 'bench'), { recursive: true });
  const kept = readKept(path);
  for (const row of new Set(figures.map((figure) => figure.row))) {
    kept[String(row)] = { figures: figures.filter((figure) => figure.row === row), ...details };
  }
  writeFileSync(path, `${JSON.stringify(kept, null, 2)}\n`);
}

function readKept(path: string): Record<string, unknown> {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch {
    return {}; // There are none yet, or not in this form.
  }
}
