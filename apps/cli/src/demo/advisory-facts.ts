/** One record as OSV has it, with the fields that are used here. @see https://ossf.github.io/osv-schema/ */
export interface OsvRecord {
  readonly schema_version: string;
  readonly id: string;
  readonly published: string;
  readonly modified: string;
  readonly aliases?: readonly string[];
  readonly upstream?: readonly string[];
  readonly summary: string;
  readonly severity?: readonly { readonly type: string; readonly score: string }[];
  readonly affected: readonly OsvAffected[];
  readonly database_specific: Readonly<Record<string, string>>;
}

interface OsvAffected {
  readonly package: { readonly ecosystem: string; readonly name: string };
  readonly ranges: {
    readonly type: 'SEMVER' | 'ECOSYSTEM';
    readonly events: ({ readonly introduced: string } | { readonly fixed: string })[];
  }[];
}

const head = /^(\S+) (CVE-\S+) (\d{4}-\d\d-\d\d) (\d{4}-\d\d-\d\d) (LOW|MODERATE|HIGH|CRITICAL|-) (CVSS:\S+|-)$/;
const row = /^ {2}@ (\S+) (\S+) (\S+) (\S+)$/;

/**
 * Records from facts as they are written down here, three kinds of lines each:
 *
 * - `id cve published modified severity cvss`
 * - the summary in our own words, behind two blanks
 * - `@ ecosystem package introduced fixed` behind two blanks, once a range; `-` is not known or not fixed
 *
 * Days stand for their first second, which makes every record older than its source: whoever has the source has more.
 */
export function readFacts(text: string): OsvRecord[] {
  return text
    .trim()
    .split(/\n(?! )/)
    .map(readRecord);
}

function readRecord(block: string): OsvRecord {
  const [first = '', summary = '', ...rows] = block.split('\n');
  const [, id = '', cve = '', published = '', modified = '', word = '', score = ''] = head.exec(first) ?? [];
  if (id === '' || !/^ {2}[A-Z].*\.$/.test(summary) || rows.length === 0) throw malformed(block);
  const isAlias = id.startsWith('GHSA-');
  const type = score.startsWith('CVSS:4') ? 'CVSS_V4' : 'CVSS_V3';
  return {
    schema_version: '1.6.0',
    id,
    published: `${published}T00:00:00Z`,
    modified: `${modified}T00:00:00Z`,
    ...(isAlias ? { aliases: [cve] } : { upstream: [cve] }),
    summary: summary.trim(),
    ...(score === '-' ? {} : { severity: [{ type, score }] }),
    affected: readAffected(rows),
    database_specific: { ...(word === '-' ? {} : { severity: word }), origin: 'the demo of soupcon' },
  };
}

/** One entry a package, with a range a row. */
function readAffected(rows: readonly string[]): OsvAffected[] {
  const affected = new Map<string, OsvAffected>();
  for (const line of rows) {
    const [, ecosystem = '', name = '', introduced = '', fixed = ''] = row.exec(line) ?? [];
    if (ecosystem === '') throw malformed(line);
    const key = `${ecosystem} ${name}`;
    const known = affected.get(key) ?? { package: { ecosystem, name }, ranges: [] };
    affected.set(key, known);
    known.ranges.push({
      type: ecosystem === 'npm' ? 'SEMVER' : 'ECOSYSTEM',
      events: fixed === '-' ? [{ introduced }] : [{ introduced }, { fixed }],
    });
  }
  return [...affected.values()];
}

/** A fault of what is written here, which its test finds. */
function malformed(text: string): RangeError {
  return new RangeError(`Not a fact: ${text}`);
}
