import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zipOf } from './zip.ts';

/** An advisory as OSV writes it; what is not named here is kept as it is. */
export interface OsvRecord {
  readonly id: string;
  readonly modified: string;
  readonly [field: string]: unknown;
}

/** Writes advisories laid out as the public OSV bucket. */
export async function writeBucket(
  target: string,
  records: Readonly<Record<string, readonly OsvRecord[]>>,
): Promise<string> {
  for (const [ecosystem, list] of Object.entries(records)) {
    await mkdir(join(target, ecosystem), { recursive: true });
    const files = Object.fromEntries(list.map((one) => [`${one.id}.json`, JSON.stringify(one)]));
    await writeFile(join(target, ecosystem, 'all.zip'), zipOf(files));
    const lines = list.map(({ id, modified }) => `${modified},${id}\n`).sort();
    await writeFile(join(target, ecosystem, 'modified_id.csv'), lines.reverse().join(''));
  }
  return target;
}

/** A record of one package, every version of it before `fixed`; without it, every version. */
export function osvRecord(
  id: string,
  modified: string,
  { ecosystem, name, fixed }: { readonly ecosystem: string; readonly name: string; readonly fixed?: string },
): OsvRecord {
  const events = [{ introduced: '0' }, ...(fixed === undefined ? [] : [{ fixed }])];
  return {
    id,
    modified,
    upstream: [id.replace(/^[A-Z]+-(?=CVE)/, '')],
    affected: [{ package: { ecosystem, name }, ranges: [{ type: 'ECOSYSTEM', events }] }],
  };
}
