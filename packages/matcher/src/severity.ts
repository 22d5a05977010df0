import { byKeys, ecosystemBase, type Rating, type Severity, type SeverityScore, severities } from '@soupcon/model';
import { cvssMethods, scoreVector } from './cvss.ts';
import type { Row } from './families/family.ts';
import type { Match } from './flaws.ts';

/** Words of severity and priority, of every source, in lower case; what is not here says nothing. */
const words: Readonly<Record<string, Severity>> = {
  critical: 'critical',
  high: 'high',
  important: 'high',
  medium: 'medium',
  moderate: 'medium',
  low: 'low',
  negligible: 'negligible',
  unimportant: 'negligible',
};

/** A source's word for how bad it is; `unknown` for `not yet assigned`, `untriaged` and whatever else is no judgement. */
export function severityOfWord(word: string): Severity {
  const plain = word.toLowerCase().replace(/\*+$/, '');
  return (Object.hasOwn(words, plain) ? words[plain] : undefined) ?? 'unknown';
}

/** What decides first. Within a place the worst decides: nothing is averaged. */
const places = { kernelHeaders: 0, malware: 1, vendor: 2, package: 3, record: 10, word: 20, silent: 30 };

interface Placed {
  readonly place: number;
  readonly rating: Rating;
}

/**
 * Every rating of a flaw, the deciding one first: the distribution's own for this release; CVSS of the affected package,
 * then of the record, newest version first; the source's word. Malware is critical. Kernel headers are negligible, and a
 * rating of our own says so.
 */
export function ratingsOf(
  matches: readonly Match[],
  kernelHeaders: boolean,
): { severity: Severity; ratings: Rating[] } {
  const placed = matches.flatMap(ratingsOfMatch);
  if (kernelHeaders) placed.push({ place: places.kernelHeaders, rating: word('soupcon:kernel-headers', 'negligible') });
  const ordered = placed.toSorted(
    byKeys<Placed>(
      ({ place, rating }) => (rating.severity === 'unknown' ? places.silent : place),
      ({ rating }) => severities.indexOf(rating.severity),
      ({ rating }) => rating.source,
      ({ rating }) => rating.method,
      ({ rating }) => rating.vector ?? '',
    ),
  );
  const ratings = [...new Map(ordered.map(({ rating }) => [JSON.stringify(rating), rating])).values()];
  return { severity: ratings[0]?.severity ?? 'unknown', ratings };
}

function ratingsOfMatch({ advisory, rows }: Match): Placed[] {
  const source = sourceOf(advisory.id, rows);
  const placed: Placed[] = [];
  if (advisory.id.startsWith('MAL-')) placed.push({ place: places.malware, rating: word(source, 'critical') });
  for (const { affected } of rows) {
    if (affected.urgency !== null) placed.push(...ratingOfWord(places.vendor, source, affected.urgency));
    placed.push(...affected.severity.flatMap((score) => ratingOfScore(places.package, source, score)));
  }
  placed.push(...advisory.severity.flatMap((score) => ratingOfScore(places.record, source, score)));
  if (advisory.severityWord !== null) placed.push(...ratingOfWord(places.word, source, advisory.severityWord));
  return placed;
}

function ratingOfScore(place: number, source: string, { type, score }: SeverityScore): Placed[] {
  const cvss = scoreVector(score);
  if (cvss !== null) {
    const { method, severity } = cvss;
    const rating = { source, method, severity, score: cvss.score, vector: score };
    return [{ place: place + cvssMethods.indexOf(method), rating }];
  }
  // Ubuntu's priority is its own judgement of the flaw for its releases.
  if (type === 'Ubuntu') return ratingOfWord(places.vendor, source, score);
  return [{ place, rating: { source, method: 'other', severity: 'unknown', score: null, vector: score } }];
}

function ratingOfWord(place: number, source: string, text: string): Placed[] {
  const severity = severityOfWord(text);
  return severity === 'unknown' ? [] : [{ place, rating: word(source, severity) }];
}

function word(source: string, severity: Severity): Rating {
  return { source, method: 'other', severity, score: null, vector: null };
}

/** The distribution for its own records, else the database by the prefix of its ids: `debian`, `ghsa`, `pysec`. */
function sourceOf(id: string, rows: readonly Row[]): string {
  const ecosystem = rows[0]?.affected.ecosystem ?? '';
  if (ecosystem.includes(':')) return ecosystemBase(ecosystem).toLowerCase();
  return id.replace(/-.*$/, '').toLowerCase();
}
