import type { Finding, Severity } from '@soupcon/model';
import { byKeys, severities } from '@soupcon/model';
import { type Label, matchedPackages } from './label.ts';
import { groupFindings, renderGroup } from './table-findings.ts';
import { heading } from './table-heading.ts';
import { type Layout, paints, shortInstruction } from './table-layout.ts';
import { cut, printable, wrap } from './text.ts';

export interface TableOptions {
  /** Columns; no line is longer. At least 40 are used. */
  readonly width: number;
  /** Whether to colour with escape sequences. */
  readonly color: boolean;
  /** Lists negligible and suppressed findings too; otherwise they are only counted. */
  readonly showNegligible?: boolean;
}

/**
 * The label for people: what the image is, how well it could be read, what is known to be wrong, worst first, by
 * package and layer. Nothing from the image or an advisory reaches the terminal but as printable text.
 */
export function renderTable(label: Label, { width, color, showNegligible = false }: TableOptions): string {
  const columns = Math.max(40, width);
  const paint = paints(color);
  const shown = label.findings.filter((one) => showNegligible || isShown(one));
  const groups = groupFindings(label, shown);
  return [
    ...heading(label, { columns, paint }),
    ...layerLines(label, { columns, paint }),
    ...groups.flatMap((group) => ['', ...renderGroup(group, { columns, paint })]),
    ...hiddenLines(label, { hidden: label.findings.filter((one) => !showNegligible && !isShown(one)), columns, paint }),
    ...problemLines(label, { columns, paint }),
    '',
  ].join('\n');
}

function isShown({ severity, suppressed }: Finding): boolean {
  return severity !== 'negligible' && suppressed === null;
}

/** The layers that brought packages which are still there, with the worst that was found in them. */
function layerLines(label: Label, { columns, paint }: Layout): string[] {
  const layers = label.layers.filter(({ packages }) => packages > 0);
  if (layers.length === 0) return [];
  const worst = new Map<number, Severity>();
  for (const { layer, severity, suppressed, state } of label.findings) {
    const before = worst.get(layer) ?? 'unknown';
    if (suppressed !== null || state !== 'affected') continue;
    worst.set(layer, severities.indexOf(severity) < severities.indexOf(before) ? severity : before);
  }
  const rows = layers.map(({ index, packages, base, instruction }) => ({
    index: `${index}`,
    packages: `${packages} ${packages === 1 ? 'package' : 'packages'}${base ? ', base' : ''}`,
    worst: worst.get(index) ?? null,
    instruction: shortInstruction(instruction),
  }));
  const widest = (texts: string[]) => Math.max(...texts.map((text) => text.length));
  const indexWidth = widest(rows.map((row) => row.index));
  const packagesWidth = widest(rows.map((row) => row.packages));
  const worstWidth = widest(rows.map((row) => row.worst ?? ''));
  return [
    '',
    paint.strong('Layers'),
    ...rows.map((row) => {
      const start = `  ${row.index.padStart(indexWidth)}  ${row.packages.padEnd(packagesWidth)}  `;
      const mark =
        row.worst === null ? ' '.repeat(worstWidth) : paint.severity(row.worst, row.worst.padEnd(worstWidth));
      const gap = worstWidth === 0 ? '' : '  ';
      return `${start}${mark}${gap}${cut(row.instruction, columns - start.length - worstWidth - gap.length)}`.trimEnd();
    }),
  ];
}

function hiddenLines(label: Label, { hidden, columns, paint }: Layout & { hidden: readonly Finding[] }): string[] {
  if (label.advisories === null) return [];
  if (label.findings.length === 0) return nothingFound(label, { columns, paint });
  if (hidden.length === 0) return [];
  const suppressed = hidden.filter((one) => one.suppressed !== null).length;
  const negligible = hidden.length - suppressed;
  const parts = [
    ...(negligible > 0 ? [`${negligible} negligible`] : []),
    ...(suppressed > 0 ? [`${suppressed} suppressed`] : []),
  ].join(' and ');
  const text = `${parts} ${hidden.length === 1 ? 'finding is' : 'findings are'} not shown: add --all to see them.`;
  return ['', ...wrap(text, columns).map(paint.faint)];
}

/** Says no more than was looked at: nothing of packages that were not matched, or where there are none. */
function nothingFound(label: Label, { columns, paint }: Layout): string[] {
  const matched = matchedPackages(label);
  if (matched === 0) return [];
  if (matched === label.packages.length) return ['', paint.good('No advisory is known to concern these packages.')];
  const which = matched === 1 ? 'package that was' : `${matched} packages that were`;
  return ['', ...wrap(`No advisory is known to concern the ${which} matched.`, columns)];
}

/** Problems by kind, each with how often and where first: a hostile layer may have thousands of one kind. */
function problemLines({ problems }: Label, { columns, paint }: Layout): string[] {
  if (problems.length === 0) return [];
  const kinds = new Map<string, { message: string; count: number; where: string }>();
  for (const { code, message, layer, path } of problems) {
    const where = [layer === null ? '' : `layer ${layer}`, printable(path ?? '')].filter(Boolean).join(': ');
    const kind = kinds.get(code) ?? { message: cut(printable(message), 200), count: 0, where };
    kind.count += 1;
    kinds.set(code, kind);
  }
  const lines = [...kinds.values()]
    .sort(
      byKeys(
        (kind) => -kind.count,
        (kind) => kind.message,
      ),
    )
    .flatMap((kind) => {
      const first = kind.where === '' ? '' : ` (${kind.count > 1 ? 'first in ' : ''}${cut(kind.where, 120)})`;
      const text = `${kind.count > 1 ? `${kind.count} times: ` : ''}${kind.message}${first}`;
      return wrap(text, columns - 4).map((line, k) => `  ${k === 0 ? '- ' : '  '}${line}`);
    });
  return ['', paint.strong('Problems'), ...lines];
}
