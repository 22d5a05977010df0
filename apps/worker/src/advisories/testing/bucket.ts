import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fetcher } from '@soupcon/advisories';
import { zipOf } from '@soupcon/advisories/testing';

/** Records by id; a text is the file itself. */
export type Records = Readonly<Record<string, object | string>>;

const textOf = (record: object | string) => (typeof record === 'string' ? record : JSON.stringify(record));

function listOf(records: Records): string {
  return Object.entries(records)
    .map(([id, record]) => `${(record as { modified?: string }).modified ?? '2024-01-01T00:00:00Z'},${id}\n`)
    .join('');
}

function archiveOf(records: Records): Buffer {
  return zipOf(Object.fromEntries(Object.entries(records).map(([id, record]) => [`${id}.json`, textOf(record)])));
}

/** A directory laid out as the public bucket. */
export class BucketDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'soupcon-bucket-'));

  write(ecosystem: string, records: Records): this {
    mkdirSync(join(this.path, ecosystem), { recursive: true });
    writeFileSync(join(this.path, ecosystem, 'all.zip'), archiveOf(records));
    writeFileSync(join(this.path, ecosystem, 'modified_id.csv'), listOf(records));
    return this;
  }

  /** Cuts an archive off in the middle. */
  truncate(ecosystem: string): void {
    const path = join(this.path, ecosystem, 'all.zip');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, bytes.length / 2));
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
  }
}

/** A bucket behind an address, which notes what was asked for. */
export class RemoteBucket implements Fetcher {
  readonly base = 'https://bucket.test/osv';
  /** Bodies by path; what is not in it is answered with 404. */
  readonly files = new Map<string, Buffer | string>();
  asked: string[] = [];

  /** @param single whether each record is there on its own, too. */
  write(ecosystem: string, records: Records, { single = true }: { readonly single?: boolean } = {}): this {
    for (const path of [...this.files.keys()]) if (path.startsWith(`${ecosystem}/`)) this.files.delete(path);
    this.files.set(`${ecosystem}/all.zip`, archiveOf(records));
    this.files.set(`${ecosystem}/modified_id.csv`, listOf(records));
    if (single) {
      for (const [id, record] of Object.entries(records)) this.files.set(`${ecosystem}/${id}.json`, textOf(record));
    }
    const ecosystems = [...this.files.keys()].flatMap((path) => (path.endsWith('/all.zip') ? [path.slice(0, -8)] : []));
    this.files.set('ecosystems.txt', `${ecosystems.join('\n')}\n`);
    return this;
  }

  async request({ url }: Parameters<Fetcher['request']>[0]): ReturnType<Fetcher['request']> {
    const path = decodeURIComponent(new URL(url).pathname.replace('/osv/', ''));
    this.asked.push(path);
    const body = this.files.get(path);
    async function* pieces() {
      yield Buffer.from(body ?? '');
    }
    return { status: body === undefined ? 404 : 200, body: pieces(), discard: async () => {} };
  }
}
