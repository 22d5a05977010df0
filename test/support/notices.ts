import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { PushScene } from './push-scene.ts';

/** A request that a registry has sent, as it was recorded. */
export interface Notice {
  /** What was done: the folder. */
  readonly of: string;
  readonly contentType: string;
  readonly body: { readonly events: readonly NoticeEvent[] };
}

interface NoticeEvent {
  readonly id: string;
  readonly action: string;
  readonly target: {
    readonly mediaType?: string;
    readonly repository: string;
    readonly tag?: string;
    readonly digest?: string;
  };
}

interface Recorded extends Omit<Notice, 'of' | 'contentType'> {
  readonly headers: Readonly<Record<string, string>>;
}

/** Requests in the order in which they came; none when the samples are not there. */
export function sampleNotices(directory: string): Notice[] {
  if (!existsSync(directory)) return [];
  const folders = readdirSync(directory, { withFileTypes: true }).filter((one) => one.isDirectory());
  return folders.flatMap(({ name }) =>
    readdirSync(join(directory, name))
      .sort()
      .map((file) => {
        const { headers, body } = JSON.parse(readFileSync(join(directory, name, file), 'utf8')) as Recorded;
        return { of: name, contentType: headers['Content-Type'] ?? '', body };
      }),
  );
}

/** Per folder: events that lead to a scan, and events that came before. The others are reads, blobs and deletions. */
const expected: Readonly<Record<string, { scans: number; duplicates: number }>> = {
  'auth-actor': { scans: 1, duplicates: 0 },
  'crossrepo-mount': { scans: 1, duplicates: 0 },
  delete: { scans: 0, duplicates: 0 },
  'index-all': { scans: 9, duplicates: 0 },
  'manifestlist-all': { scans: 3, duplicates: 0 },
  pull: { scans: 0, duplicates: 0 },
  'refs-index': { scans: 9, duplicates: 0 },
  'repush-same': { scans: 1, duplicates: 0 },
  retag: { scans: 1, duplicates: 0 },
  'retry-503': { scans: 1, duplicates: 7 },
  'single-docker': { scans: 1, duplicates: 0 },
  'single-oci': { scans: 1, duplicates: 0 },
};

interface Receipt {
  readonly accepted: number;
  readonly duplicates: number;
  readonly scans: number;
}

/** Sends them to the service's hook, each repository put into a folder of its own, and holds the answers. */
export async function replayNotices(scene: PushScene, notices: readonly Notice[]): Promise<void> {
  const under = (repository: string) => `recorded/${repository}`;
  const names = new Set(notices.flatMap(({ body }) => body.events.map(({ target }) => under(target.repository))));
  const repositories = await Promise.all([...names].map((name) => scene.optIn(name)));
  const sums: Record<string, { scans: number; duplicates: number }> = {};
  for (const { of, contentType, body } of notices) {
    const events = body.events.map((one) => ({
      ...one,
      target: { ...one.target, repository: under(one.target.repository) },
    }));
    const headers = { 'content-type': contentType };
    const answer = await fetch(scene.hookUrl, { method: 'POST', headers, body: JSON.stringify({ events }) });
    expect(answer.status, of).toBe(202);
    const { scans, duplicates } = (await answer.json()) as Receipt;
    sums[of] ??= { scans: 0, duplicates: 0 };
    sums[of].scans += scans;
    sums[of].duplicates += duplicates;
  }
  expect(sums).toEqual(expected);
  // None of it is in this registry, and that is how each of them ends.
  for (const repository of repositories) {
    for (const { state, reason } of await scene.api.ended(repository, 1 - Number(isOnlyReads(repository.name))))
      expect([state, reason?.code]).toEqual(['failed', 'image_not_found']);
  }
  function isOnlyReads(name: string): boolean {
    const events = notices.flatMap(({ body }) => body.events).filter(({ target }) => under(target.repository) === name);
    return events.every(({ action, target }) => action !== 'push' || !/manifest|index/.test(target.mediaType ?? ''));
  }
}
