import {
  type Advisory,
  type AffectedPackage,
  type AffectedRange,
  ecosystemBase,
  intervalHolds,
  normaliseName,
  rangeScheme,
  type SeverityScore,
} from '@soupcon/model';
import { boundOpenEnd, type Compare, compareBy, flattenEvents } from './intervals.ts';
import { asList, asObject, asText, asTexts, field, type JsonObject } from './json.ts';

/** `ecosystem` without its release, `name` as normalised for it. */
export type Wants = (ecosystem: string, name: string) => boolean;

export type ParsedOsv =
  | { readonly advisory: Advisory }
  /** `id` is the record's where it has one, else the hint; `refused` says in a few words what is wrong. */
  | { readonly id: string; readonly refused: string };

/**
 * One OSV record, read leniently: fields we do not know, and optional ones of a wrong type, are as good as absent,
 * because more than one real record in a hundred breaks the schema somewhere. Only what has no identity is refused.
 * @param hint names the record in a refusal when it has no id: its file name.
 * @param wants keeps only the `affected` entries asked for; all without it.
 * @see https://ossf.github.io/osv-schema/
 */
export function parseOsv(json: unknown, hint: string, wants: Wants = () => true): ParsedOsv {
  const record = asObject(json);
  if (record === null) return { id: hint, refused: 'not an object' };
  const id = asText(field(record, 'id'));
  if (id === null) return { id: hint, refused: 'it has no id' };
  if (!isId(id)) return { id: hint, refused: 'its id is no id' };
  const modified = asText(field(record, 'modified'));
  if (modified === null) return { id, refused: 'it does not say when it was modified' };
  return {
    advisory: {
      id,
      modified,
      published: asText(field(record, 'published')),
      withdrawn: asText(field(record, 'withdrawn')),
      aliases: asTexts(field(record, 'aliases')).filter(isId),
      upstream: upstreamOf(id, record),
      related: asTexts(field(record, 'related')).filter(isId),
      summary: oneLine(asText(field(record, 'summary')) ?? asText(field(record, 'details'))),
      severity: readSeverity(field(record, 'severity')),
      severityWord: asText(field(field(record, 'database_specific'), 'severity')),
      affected: asList(field(record, 'affected')).flatMap((entry) => readAffected(asObject(entry), wants)),
    },
  };
}

/** Ids are printed on terminals and put into URLs: printable ASCII without spaces, of a length to be read. */
function isId(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text);
}

/** Sources that named the CVEs of an erratum under `related` before OSV had `upstream`. */
const errata = /^(?:RH[SBE]A|AL[SBE]A|RL[SBE]A|RXSA|SUSE|openSUSE|CGA|DSA|DLA|DTSA|USN|LSN)-/;

/** The flaws that a distribution's record is about; from `related` only for errata, elsewhere that is a mere hint. */
function upstreamOf(id: string, record: JsonObject): readonly string[] {
  const upstream = asTexts(field(record, 'upstream')).filter(isId);
  if (upstream.some(isCve) || !errata.test(id)) return upstream;
  const related = asTexts(field(record, 'related')).filter((other) => isCve(other) && isId(other));
  return related.length > 0 ? related : upstream;
}

const isCve = (id: string) => id.startsWith('CVE-');

function readAffected(entry: JsonObject | null, wants: Wants): AffectedPackage[] {
  const given = asObject(field(entry, 'package'));
  const [ecosystem, name] = [asText(field(given, 'ecosystem')), asText(field(given, 'name'))];
  if (entry === null || ecosystem === null || name === null) return [];
  const base = ecosystemBase(ecosystem);
  if (!wants(base, normaliseName(base, name))) return [];
  const specific = field(entry, 'ecosystem_specific');
  const lastKnown = asText(field(field(entry, 'database_specific'), 'last_known_affected_version_range'));
  const ranges = asList(field(entry, 'ranges')).flatMap((range) => readRange(asObject(range), base, lastKnown));
  const status = asText(field(specific, 'ubuntu_status'));
  return [
    {
      ecosystem,
      name,
      ranges: ranges.map(({ range }) => range),
      versions: uncovered(asTexts(field(entry, 'versions')), ranges),
      severity: readSeverity(field(entry, 'severity')),
      urgency: asText(field(specific, 'urgency')) ?? asText(field(specific, 'ubuntu_priority')),
      ...(status === null ? {} : { status }),
    },
  ];
}

interface OrderedRange {
  readonly range: AffectedRange;
  readonly compare: Compare | null;
}

/** Ranges of commits (`GIT`) say nothing about packages. */
function readRange(range: JsonObject | null, ecosystem: string, lastKnown: string | null): OrderedRange[] {
  const type = field(range, 'type');
  if (range === null || (type !== 'SEMVER' && type !== 'ECOSYSTEM')) return [];
  const compare = compareBy(rangeScheme(ecosystem, type));
  const intervals = boundOpenEnd(flattenEvents(field(range, 'events'), compare), lastKnown, compare);
  return [{ range: { type, intervals }, compare }];
}

/** More than real records need, the longest of which list some thousand versions beside a few intervals. */
const comparisonsMax = 1_000_000;

/** The versions that no range says; all of them when holding each against each interval would take too long. */
function uncovered(versions: readonly string[], ranges: readonly OrderedRange[]): readonly string[] {
  const intervals = ranges.reduce((sum, { range }) => sum + range.intervals.length, 0);
  if (versions.length * intervals > comparisonsMax) return versions;
  return versions.filter((version) => !ranges.some((range) => covers(range, version)));
}

/** Whether a range says already that a version is affected: literal versions are kept only where none does. */
function covers({ range, compare }: OrderedRange, version: string): boolean {
  if (compare === null) return false;
  return range.intervals.some((interval) => intervalHolds(interval, (bound) => compare(version, bound)) === true);
}

const noScores: readonly SeverityScore[] = [];

function readSeverity(value: unknown): readonly SeverityScore[] {
  if (value === undefined) return noScores;
  return asList(value).flatMap((item) => {
    const [type, score] = [asText(field(item, 'type')), asText(field(item, 'score'))];
    return type === null || score === null ? [] : [{ type, score }];
  });
}

const summaryCharactersMax = 200;
/** What `oneLine` leaves as it is, as most are: printable ASCII without blanks around it. */
const plainLine = /^[!"$-~](?:[ -~]*[!-~])?$/;

/** The first line that says something, without what a terminal would obey, cut to a length that fits one. */
function oneLine(text: string | null): string | null {
  if (text !== null && text.length <= summaryCharactersMax && plainLine.test(text)) return text;
  const line = text
    ?.split(/[\r\n]+/, 20)
    .map((part) =>
      part
        .replace(/[\p{Cc}\p{Cf}]/gu, '')
        .replace(/^#+\s*/, '')
        .trim(),
    )
    .find((part) => part !== '');
  if (!line) return null;
  const characters = [...line.slice(0, 2 * summaryCharactersMax + 1)]; // One of them has at most two units.
  return characters.length <= summaryCharactersMax
    ? line
    : `${characters.slice(0, summaryCharactersMax - 1).join('')}…`;
}
