import { byKeys, severities, type Unmatched } from '@soupcon/model';
import { type Label, type LabelDistro, matchedPackages, unmatchedText } from './label.ts';
import type { Layout } from './table-layout.ts';
import { cut, printable, wrap } from './text.ts';

const reasonsMax = 5;
const labelColumns = 14;

/** What the image is, how well it could be read, and the counts. */
export function heading(label: Label, { columns, paint }: Layout): string[] {
  const { image, distro } = label;
  const facts: [string, string][] = [
    ['digest', image.digest === null ? 'none' : image.digest.slice(0, 'sha256:'.length + 12)],
    ['platform', cut(printable(image.platform ?? ''), 40) || 'not said'],
    ['distribution', distro === null ? 'none known' : distroText(distro, label)],
    ['packages', packagesText(label)],
    ['advisories', advisoriesText(label)],
  ];
  return [
    ...wrap(printable(image.reference) || '(no reference)', columns).map(paint.strong),
    ...facts.flatMap(([name, text]) => factLines(name, text, { columns, paint: (line) => line })),
    ...unmatchedLines(label.advisories?.unmatched ?? [], { columns, paint }),
    ...completenessLines(label, { columns, paint }),
    ...countLines(label, { columns, paint }),
  ];
}

function factLines(
  name: string,
  text: string,
  { columns, paint }: { columns: number; paint(line: string): string },
): string[] {
  return wrap(text, columns - labelColumns - 2).map(
    (line, k) => `  ${(k === 0 ? name : '').padEnd(labelColumns)}${paint(line)}`,
  );
}

/** The end of life is held against the advisories' date: a label has no clock. */
function distroText({ id, versionId, prettyName, endOfLife }: LabelDistro, { advisories }: Label): string {
  const name = cut(printable(prettyName ?? '') || printable(`${id} ${versionId ?? ''}`), 100) || 'without a name';
  if (endOfLife === null) return name;
  const day = cut(printable(endOfLife), 20);
  const over = advisories !== null && advisories.snapshot.slice(0, 10) > day;
  return over ? `${name}, past its end of life: no security updates since ${day}` : `${name}, end of life ${day}`;
}

function packagesText({ packages, removed }: Label): string {
  const counts = new Map<string, number>();
  for (const { type } of packages) counts.set(type, (counts.get(type) ?? 0) + 1);
  const types = [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .map(([type, n]) => `${n} ${printable(type)}`);
  const list = counts.size > 0 ? ` (${types.join(', ')})` : '';
  return `${packages.length}${list}${removed.length > 0 ? `; ${removed.length} removed or replaced in later layers` : ''}`;
}

function advisoriesText({ advisories }: Label): string {
  if (advisories === null) return 'not matched: no advisories were given (use --advisories DIR or URL)';
  return `${advisories.records} ${advisories.records === 1 ? 'record' : 'records'}, as of ${printable(advisories.snapshot)}`;
}

/** Most packages first; a bill of materials may bring more kinds than anybody reads. */
function unmatchedLines(unmatched: readonly Unmatched[], { columns, paint }: Layout): string[] {
  const ordered = unmatched.toSorted(
    byKeys(
      (one) => -one.packages,
      (one) => one.reason,
    ),
  );
  const more = ordered.slice(reasonsMax).reduce((sum, one) => sum + one.packages, 0);
  const texts = [
    ...ordered.slice(0, reasonsMax).map((one) => cut(printable(unmatchedText(one)), 240)),
    ...(more > 0 ? [`${more} more for other reasons`] : []),
  ];
  return texts.flatMap((text, k) => factLines(k === 0 ? 'not matched' : '', text, { columns, paint: paint.warn }));
}

function completenessLines({ completeness }: Label, { columns, paint }: Layout): string[] {
  const { verdict, reasons, executables } = completeness;
  const colour = verdict === 'complete' ? paint.good : paint.warn;
  const share = executables.bytes > 0 ? Math.floor((executables.explainedBytes / executables.bytes) * 100) : null;
  const text =
    share === null ? verdict : `${verdict}: ${share} % of the bytes of ${executables.files} executables explained`;
  const more = reasons.length - reasonsMax;
  const listed = [
    ...reasons.slice(0, reasonsMax).map((reason) => cut(printable(reason), 240)),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  return [
    ...factLines('completeness', text, { columns, paint: colour }),
    ...listed.flatMap((reason) =>
      wrap(reason, columns - labelColumns - 4).map(
        (line, k) => `${' '.repeat(labelColumns + 2)}${k === 0 ? '- ' : '  '}${line}`,
      ),
    ),
  ];
}

/** Affected findings by severity; what is undetermined or suppressed is counted apart. */
function countLines(label: Label, { columns, paint }: Layout): string[] {
  const { findings, advisories, packages } = label;
  const matched = matchedPackages(label);
  if (advisories === null || (matched === 0 && packages.length > 0 && findings.length === 0)) {
    return factLines('findings', 'not matched', { columns, paint: paint.warn });
  }
  const open = findings.filter((one) => one.suppressed === null);
  const affected = open.filter((one) => one.state === 'affected');
  const counts = severities.map((severity) => ({
    severity,
    n: affected.filter((one) => one.severity === severity).length,
  }));
  const words = counts.flatMap(({ severity, n }) =>
    n > 0 ? [{ text: `${n} ${severity === 'unknown' ? 'of unknown severity' : severity}`, severity }] : [],
  );
  const others = [
    { n: open.length - affected.length, word: 'undetermined' },
    { n: findings.length - open.length, word: 'suppressed' },
  ].flatMap(({ n, word }) => (n > 0 ? [{ text: `${n} ${word}`, severity: null }] : []));
  const all = [...words, ...others];
  if (all.length === 0) {
    const paintNone = matched > 0 && matched === packages.length ? paint.good : (line: string) => line;
    return factLines('findings', 'none', { columns, paint: paintNone });
  }
  const parts = all.map(({ text, severity }, k) => {
    const comma = k < all.length - 1 ? ',' : '';
    return {
      width: text.length + comma.length,
      painted: `${severity ? paint.severity(severity, text) : text}${comma}`,
    };
  });
  return flow(parts, columns - labelColumns - 2).map(
    (line, k) => `  ${(k === 0 ? 'findings' : '').padEnd(labelColumns)}${line}`,
  );
}

/** Puts painted parts beside each other, a space between, in lines of at most `columns`. */
function flow(parts: readonly { width: number; painted: string }[], columns: number): string[] {
  const lines: string[] = [];
  let used = columns;
  for (const { width, painted } of parts) {
    if (used + 1 + width > columns) {
      lines.push(painted);
      used = width;
    } else {
      lines.push(`${lines.pop()} ${painted}`);
      used += 1 + width;
    }
  }
  return lines;
}
