import { normaliseName } from '@soupcon/model';
import { system } from '@soupcon/store';
import { nameBytesMax } from '../match/names.ts';
import type { ChangedRecord, FeedRecord, Plan, StoredRecords } from './plan.ts';

type AdvisoryRows = system.staging.AdvisoryRows;

/** Records with the advisories of those that could be read. */
export interface Incoming {
  readonly records: FeedRecord[];
  readonly rows: AdvisoryRows;
}

/** What one transaction does. */
export interface Batch {
  /** Records that the feed had none of. */
  readonly fresh: Incoming;
  readonly known: Incoming;
  readonly gone: readonly FeedRecord[];
  readonly isLast: boolean;
}

/** Records of a transaction, and their unpacked bytes: what is in memory, twice, and done again when it fails. */
const recordsAtOnce = 2000;
const bytesAtOnce = 16 * 1024 ** 2;
const reasonCharactersMax = 300;

interface Reading {
  readonly feedId: string;
  readonly ecosystem: string;
  readonly stored: StoredRecords;
  /** Called after every record; lets go of the event loop and ends the work when it is to end. */
  readonly pause: () => Promise<void> | undefined;
  /** Ids for advisories that are new. */
  readonly ids: Iterator<number, unknown>;
}

/** Reads what changed, some thousand records at a time; what is gone comes first. Nothing for a plan without work. */
export async function* readBatches({ changed, gone }: Plan, work: Reading): AsyncGenerator<Batch> {
  for (let at = 0; at < gone.length; at += recordsAtOnce) {
    const isLast = changed.length === 0 && at + recordsAtOnce >= gone.length;
    yield { fresh: nothing(work), known: nothing(work), gone: gone.slice(at, at + recordsAtOnce), isLast };
  }
  let [fresh, known, bytes] = [nothing(work), nothing(work), 0];
  for (const [index, one] of changed.entries()) {
    await readInto(work.stored.has(one.name) ? known : fresh, one, work);
    bytes += one.size;
    await work.pause();
    const isLast = index === changed.length - 1;
    if (!isLast && fresh.records.length + known.records.length < recordsAtOnce && bytes < bytesAtOnce) continue;
    yield { fresh, known, gone: [], isLast };
    [fresh, known, bytes] = [nothing(work), nothing(work), 0];
  }
}

function nothing({ feedId, ecosystem }: Reading): Incoming {
  return { records: [], rows: new system.staging.AdvisoryRows(feedId, ecosystem) };
}

async function readInto({ records, rows }: Incoming, one: ChangedRecord, work: Reading): Promise<void> {
  const { name, fingerprint } = one;
  const held = work.stored.get(name);
  if (held?.fingerprint === fingerprint) {
    records.push({ ...held, modified: one.modified }); // The same file at a new instant: there is nothing to read.
    return;
  }
  const reading = await one.read();
  if ('refused' in reading) {
    const refused = reading.refused.slice(0, reasonCharactersMax);
    const modified = one.modified ?? held?.modified ?? null;
    records.push({ name, fingerprint, modified, refused, advisoryId: held?.advisoryId ?? null });
    return;
  }
  const advisoryId = held?.advisoryId ?? Number(work.ids.next().value);
  const { affected, ...document } = reading.advisory;
  const entries = affected.map((entry) => ({ name: normaliseName(work.ecosystem, entry.name), entry }));
  rows.add(
    advisoryId,
    document,
    entries.filter((entry) => Buffer.byteLength(entry.name) <= nameBytesMax),
  );
  const modified = one.modified ?? document.modified;
  records.push({ name, fingerprint, modified, refused: null, advisoryId });
}
