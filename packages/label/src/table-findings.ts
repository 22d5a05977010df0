import type { Finding, FixState } from '@soupcon/model';
import { byKeys, severities } from '@soupcon/model';
import type { Label } from './label.ts';
import { type Layout, shortInstruction } from './table-layout.ts';
import { cut, displayWidth, padEnd, printable, wrap } from './text.ts';

/** The findings in one package, worst first. */
export interface FindingGroup {
  readonly title: string;
  /** Where it is: its layer with the instruction, and the files of a package that has files of its own. */
  readonly places: readonly string[];
  readonly findings: readonly Finding[];
}

const summaryColumnsMin = 18;
/** One database holds all of these packages: its path says nothing about one of them. */
const inDatabase = new Set(['deb', 'rpm', 'apk', 'alpm']);

/** By package; the package with the worst finding first, then by name. */
export function groupFindings(label: Label, findings: readonly Finding[]): FindingGroup[] {
  const packages = new Map(label.packages.map((one) => [one.purl, one]));
  const instructions = new Map(label.layers.map(({ index, instruction }) => [index, shortInstruction(instruction)]));
  const byPackage = new Map<string, Finding[]>();
  for (const finding of findings) {
    const members = byPackage.get(finding.package);
    if (members === undefined) byPackage.set(finding.package, [finding]);
    else members.push(finding);
  }
  const worstOf = ({ findings: [worst] }: FindingGroup) => (worst === undefined ? severities.length : rank(worst));
  return [...byPackage]
    .map(([purl, members]) => {
      const one = packages.get(purl);
      const layer = members[0]?.layer ?? 0;
      const instruction = instructions.get(layer) ?? '';
      const [file, ...more] = one === undefined || inDatabase.has(one.type) ? [] : one.locations;
      const path = file === undefined ? '' : printable(file.path);
      return {
        title: one === undefined ? printable(purl) : printable(`${one.name} ${one.version}`),
        places: [
          ...(label.layers.length === 0 ? [] : [`layer ${layer}${instruction === '' ? '' : `: ${instruction}`}`]),
          ...(path === '' ? [] : [more.length > 0 ? `${path} and ${more.length} more` : path]),
        ],
        findings: members.sort(byKeys(rank, (finding) => finding.id)),
      };
    })
    .sort(byKeys(worstOf, (group) => group.title));
}

function rank({ severity }: Finding): number {
  return severities.indexOf(severity);
}

export function renderGroup({ title, places, findings }: FindingGroup, layout: Layout): string[] {
  const { columns, paint } = layout;
  const rows = findings.map((finding) => ({
    finding,
    id: cut(printable(finding.id), 80),
    severity: finding.severity,
    fix: fixText(finding),
  }));
  const widest = (texts: string[]) => texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0);
  const widths = {
    id: widest(rows.map((row) => row.id)),
    severity: widest(rows.map((row) => row.severity)),
    fix: widest(rows.map((row) => row.fix)),
  };
  return [
    ...wrap(cut(title, 2 * columns), columns).map(paint.strong),
    ...places.map((place) => paint.faint(`  ${cut(place, columns - 2)}`)),
    ...rows.flatMap((row) => findingLines(row, widths, layout)),
  ];
}

/** One line where it fits; in a narrow window, or for an absurd id, the parts stand below each other. */
function findingLines(
  { finding, id, severity, fix }: { finding: Finding; id: string; severity: Finding['severity']; fix: string },
  widths: { id: number; severity: number; fix: number },
  { columns, paint }: Layout,
): string[] {
  const summary = summaryText(finding);
  const start = 2 + widths.id + 2 + widths.severity + 2;
  const rest = columns - start - widths.fix - 2;
  const word = paint.severity(severity, padEnd(severity, widths.severity));
  if (rest >= summaryColumnsMin) {
    return [`  ${padEnd(id, widths.id)}  ${word}  ${padEnd(fix, widths.fix)}  ${cut(summary, rest)}`.trimEnd()];
  }
  if (start + widths.fix <= columns) {
    const line = `  ${padEnd(id, widths.id)}  ${word}  ${fix}`;
    return [line, ...(summary === '' ? [] : [`    ${cut(summary, columns - 4)}`])];
  }
  return [
    ...wrap(id, columns - 2).map((line) => `  ${line}`),
    `    ${paint.severity(severity, severity)}`,
    ...wrap(fix, columns - 4).map((line) => `    ${line}`),
    ...(summary === '' ? [] : [`    ${cut(summary, columns - 4)}`]),
  ];
}

const fixWords: Readonly<Record<FixState, string>> = {
  fixed: 'fixed',
  'not-fixed': 'not fixed',
  'wont-fix': "won't be fixed",
  deferred: 'fix deferred',
  'end-of-life': 'end of life',
  'under-investigation': 'under investigation',
  unknown: 'no fix known',
};

function fixText({ state, suppressed, fixedIn, fixState }: Finding): string {
  if (suppressed !== null) return `suppressed by ${suppressed.by} ${cut(printable(suppressed.id), 40)}`;
  if (state === 'undetermined') return 'undetermined';
  return fixedIn === null ? fixWords[fixState] : `fixed in ${cut(printable(fixedIn), 60)}`;
}

/** Why it cannot be told is what matters of an undetermined finding. */
function summaryText({ state, kev, summary, evidence, suppressed }: Finding): string {
  const reason = state === 'undetermined' ? evidence.find((one) => one.undetermined !== null)?.undetermined : undefined;
  const parts = [kev ? 'known exploited' : '', suppressed?.justification ?? '', reason ?? '', summary ?? ''];
  return parts
    .map((part) => printable(part))
    .filter(Boolean)
    .join('; ');
}
