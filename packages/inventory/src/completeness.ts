import { type Completeness, type Problem, type ProblemCode, problemTable } from '@soupcon/model';

/** Below these shares of the bytes of executables that known packages explain, in percent. */
const unknownBelow = 50;
const partialBelow = 95;

/**
 * How much of an image could be understood.
 *
 * - `unknown`: there are executables and no package; or known packages explain less than 50 % of the bytes of
 *   executables; or nothing was found and something was not read.
 * - `partial`: something that could matter was not read; or less than 95 % is explained.
 * - `complete`: everything else, also an image that has neither executables nor packages.
 */
export function judgeCompleteness({
  packages,
  executables,
  problems,
}: {
  packages: number;
  executables: Completeness['executables'];
  problems: readonly Problem[];
}): Completeness {
  const { files, bytes, explainedBytes } = executables;
  const share = bytes === 0 ? 100 : Math.floor((explainedBytes / bytes) * 1000) / 10;
  const lost = lostReasons(problems);
  const reasons: string[] = [];
  let verdict: Completeness['verdict'] = lost.length > 0 || share < partialBelow ? 'partial' : 'complete';
  if (packages === 0 && files > 0) {
    verdict = 'unknown';
    reasons.push(`No package was found, but there are ${count(files, 'executable')} of ${megabytes(bytes)}.`);
  } else if (share < partialBelow) {
    if (share < unknownBelow) verdict = 'unknown';
    reasons.push(
      `Known packages explain ${share} % of the bytes of executables: ${megabytes(explainedBytes)} of ${megabytes(bytes)}.`,
    );
  } else if (packages === 0 && lost.length > 0) {
    verdict = 'unknown';
    reasons.push('No package was found, and not everything could be read.');
  }
  return { verdict, executables, reasons: [...reasons, ...lost] };
}

/** One sentence for each kind of problem by which something was not read. */
function lostReasons(problems: readonly Problem[]): string[] {
  const counts = new Map<ProblemCode, number>();
  for (const { code } of problems) counts.set(code, (counts.get(code) ?? 0) + 1);
  return [...counts]
    .filter(([code]) => problemTable[code].lost)
    .map(([code, times]) => `${problemTable[code].message}${times > 1 ? ` (${times} times)` : ''}.`);
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

function megabytes(bytes: number): string {
  return bytes < 100_000 ? count(bytes, 'byte') : `${(bytes / 1e6).toFixed(1)} MB`;
}
