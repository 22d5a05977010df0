import type { RecordReading } from '@soupcon/advisories';
import { normaliseName } from '@soupcon/model';
import type { system } from '@soupcon/store';
import { nameBytesMax } from '../match/names.ts';
import type { ChangedRecord, FeedRecord, Plan, StoredRecords } from './plan.ts';

type IncomingRecord = system.staging.IncomingRecord;

/** What one transaction does. */
export interface Batch {
  /** Records that the feed had none of. */
  readonly fresh: readonly IncomingRecord[];
  readonly known: readonly IncomingRecord[];
  readonly gone: readonly FeedRecord[];
  readonly isLast: boolean;
}

/** Records of a transaction, and their unpacked bytes: what is in memory, twice, and done again when it fails. */
const recordsAtOnce = 2000;
const bytesAtOnce = 16 * 1024 ** 2;
const reasonCharactersMax = 300;

interface Reading {
  readonly ecosystem: string;
  readonly stored: StoredRecords;
  /** Called after every record; lets go of the event loop and ends the work when it is to end. */
  readonly pause: () => Promise<void> | undefined;
  /** Ids for advisories that are new. */
  readonly ids: Iterator<number, unknown>;
}

/** Reads what changed, some thousand records at a time; what is gone comes first. Nothing for a plan without work. */
export async function* readBatches({ changed, gone }: Plan, reading: Reading): AsyncGenerator<Batch> {
  for (let at = 0; at < gone.length; at += recordsAtOnce) {
    const isLast = changed.length === 0 && at + recordsAtOnce >= gone.length;
    yield { fresh: [], known: [], gone: gone.slice(at, at + recordsAtOnce), isLast };
  }
  let [fresh, known, bytes]: [IncomingRecord[], IncomingRecord[], number] = [[], [], 0];
  for (const [index, one] of changed.entries()) {
    const record = await readOne(one, reading);
    (reading.stored.has(one.name) ? known : fresh).push(record);
    bytes += one.size;
    await reading.pause();
    const isLast = index === changed.length - 1;
    if (!isLast && fresh.length + known.length < recordsAtOnce && bytes < bytesAtOnce) continue;
    yield { fresh, known, gone: [], isLast };
    [fresh, known, bytes] = [[], [], 0];
  }
}

async function readOne(one: ChangedRecord, { ecosystem, stored, ids }: Reading): Promise<IncomingRecord> {
  const { name, fingerprint } = one;
  const held = stored.get(name);
  // The same file at a new instant: there is nothing to read.
  if (held?.fingerprint === fingerprint) return { ...held, modified: one.modified, advisory: null };
  const reading = await one.read();
  if ('refused' in reading) {
    const refused = reading.refused.slice(0, reasonCharactersMax);
    const modified = one.modified ?? held?.modified ?? null;
    return { name, fingerprint, modified, refused, advisoryId: held?.advisoryId ?? null, advisory: null };
  }
  const advisoryId = held?.advisoryId ?? Number(ids.next().value);
  const modified = one.modified ?? reading.advisory.modified;
  return { name, fingerprint, modified, refused: null, advisoryId, advisory: incoming(advisoryId, ecosystem, reading) };
}

function incoming(
  id: number,
  ecosystem: string,
  { advisory: { affected, ...document } }: Extract<RecordReading, { advisory: unknown }>,
): NonNullable<IncomingRecord['advisory']> {
  const entries = affected.map((entry) => ({ ecosystem, name: normaliseName(ecosystem, entry.name), entry }));
  return { id, document, entries: entries.filter(({ name }) => Buffer.byteLength(name) <= nameBytesMax) };
}
