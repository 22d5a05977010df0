import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compareText } from '@soupcon/model';
import { type OsvRecord, readFacts } from './advisory-facts.ts';
import { distroFacts } from './advisory-facts-distros.ts';
import { npmFacts } from './advisory-facts-npm.ts';
import { zipOf } from './zip.ts';

export interface DemoAdvisories {
  readonly records: readonly OsvRecord[];
  /** The day of the newest record, `YYYY-MM-DD`. */
  readonly date: string;
  /** A sentence that says what this is and is not. */
  readonly note: string;
}

/**
 * A small dated set of well-known records for where there is no network: facts written down in our own words, held
 * against public data when they were written. It is no source of advisories: what it does not name is not known, not safe.
 */
export function demoAdvisories(): DemoAdvisories {
  const records = [...readFacts(npmFacts), ...readFacts(distroFacts)];
  const date = records.map(({ modified }) => modified.slice(0, 10)).reduce((a, b) => (a > b ? a : b), '');
  const note = `${records.length} well-known advisories as of ${date}, for this demo alone: what they do not name is not known to be safe.`;
  return { records, date, note };
}

/**
 * Writes records as the public OSV bucket is laid out: `<Ecosystem>/all.zip` and `modified_id.csv` below `directory`, which
 * is made. The same records give the same bytes.
 */
export async function writeAdvisories(directory: string, records: readonly OsvRecord[]): Promise<void> {
  const byEcosystem = new Map<string, OsvRecord[]>();
  for (const record of records) {
    for (const ecosystem of new Set(record.affected.map(({ package: { ecosystem: full } }) => baseOf(full)))) {
      byEcosystem.set(ecosystem, [...(byEcosystem.get(ecosystem) ?? []), record]);
    }
  }
  const rows: string[] = [];
  for (const [ecosystem, own] of byEcosystem) {
    await mkdir(join(directory, ecosystem), { recursive: true });
    const files = own.map((record) => ({ name: `${record.id}.json`, bytes: encode(JSON.stringify(record)) }));
    await writeFile(join(directory, ecosystem, 'all.zip'), zipOf(files));
    await writeFile(
      join(directory, ecosystem, 'modified_id.csv'),
      csvOf(own.map(({ modified, id }) => `${modified},${id}`)),
    );
    rows.push(...own.map(({ modified, id }) => `${modified},${ecosystem}/${id}`));
  }
  await writeFile(join(directory, 'modified_id.csv'), csvOf(rows));
  await writeFile(join(directory, 'ecosystems.txt'), [...byEcosystem.keys()].sort(compareText).join('\n'));
}

/** `Debian` of `Debian:12`. */
function baseOf(ecosystem: string): string {
  return ecosystem.split(':')[0] ?? ecosystem;
}

/** Newest first, as the bucket has it: readers stop at the first row that is old to them. */
function csvOf(rows: readonly string[]): string {
  return rows
    .toSorted((a, b) => compareText(b, a))
    .map((row) => `${row}\n`)
    .join('');
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
