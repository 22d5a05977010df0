import { queueBackends } from '@soupcon/queue/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from './support/service.ts';
import { imageNumber, packagesOf, SurviveScene } from './support/survive-scene.ts';

const count = 20;
const numbers = Array.from({ length: count }, (_, at) => at + 1);

for (const backend of queueBackends) {
  describe.skipIf(backend.isMissing)(`a service in parts, its queue on ${backend.name}`, () => {
    let scene: SurviveScene;
    beforeAll(async () => {
      scene = await SurviveScene.open(backend);
    });
    afterAll(() => scene?.close());

    /** Waits until so many more scans have ended and another is under way. @returns how many have ended. */
    async function inTheMiddle(more: number): Promise<number> {
      const from = (await scene.ends()).length;
      const inMiddle = async () => {
        const ended = (await scene.ends()).length;
        return ended >= from + more && (await scene.count('running')) > 0 ? ended : undefined;
      };
      const ended = await until(`${more} more to end`, inMiddle, { everyMs: 20, output: () => scene.output() });
      expect(ended).toBeLessThan(count);
      return ended;
    }

    test('scans twenty images once each, whatever is killed meanwhile', { timeout: 80_000 }, async () => {
      const name = 'team/twenty';
      const repository = await scene.api.optIn(scene.connected.registry.id, name);
      const digests = numbers.map((number) => scene.registry.hold(name, imageNumber(number)));
      const [early, late] = [digests.slice(0, 12), digests.slice(12)];
      for (const digest of early) await scene.notify(name, digest);

      await inTheMiddle(2);
      await scene.kill('worker');
      expect(await scene.count('running')).toBeGreaterThan(0);
      await scene.start('worker');

      await inTheMiddle(2);
      await scene.kill('api');
      const notified = Promise.all(late.map((digest) => scene.notify(name, digest)));
      await inTheMiddle(1);
      await scene.start('api');
      await notified;

      await inTheMiddle(1);
      await scene.kill('api', 'worker');
      await scene.start('api', 'worker');

      await inTheMiddle(1);
      await scene.postgres.kill();
      await scene.postgres.start();

      await inTheMiddle(1);
      await scene.emptyQueue();

      const scans = await scene.api.ended(repository, count, 40_000);
      expect(scene.ended(), 'who lives through a restart of the database').toEqual([]);
      expect(scans.map(({ state }) => state)).toEqual(digests.map(() => 'done'));
      expect(scans.map(({ resolvedDigest }) => resolvedDigest).sort()).toEqual([...digests].sort());
      expect(scans.some(({ attempts }) => attempts > 1)).toBe(true);
      const ends = await scene.ends();
      expect(ends.map(({ scan_id }) => scan_id).sort()).toEqual(scans.map(({ id }) => id).sort());
      const { items } = await scene.api.get<{ items: { digest: string }[] }>(
        `/v1/repositories/${repository.id}/images?limit=100`,
      );
      expect(items.map(({ digest }) => digest).sort()).toEqual([...digests].sort());
      for (const number of numbers) {
        const label = await scene.label(digests[number - 1] ?? '');
        expect(label.completeness.verdict).toBe('complete');
        expect(label.packages.map((one) => `${one.name} ${one.version}`).sort()).toEqual(packagesOf(number));
      }
    });

    test('does not pull from a repository that is opted out before its turn', async () => {
      const [busy, leaving] = ['team/busy', 'team/leaving'];
      const first = await scene.api.optIn(scene.connected.registry.id, busy);
      const second = await scene.api.optIn(scene.connected.registry.id, leaving);
      for (const number of [101, 102, 103, 104])
        await scene.notify(busy, scene.registry.hold(busy, imageNumber(number)));
      await until('the worker to be busy', async () => ((await scene.count('running')) === 2 ? true : undefined));
      for (const number of [105, 106]) await scene.notify(leaving, scene.registry.hold(leaving, imageNumber(number)));
      await scene.api.delete(`/v1/repositories/${second.id}/scanning`);
      const done = await scene.api.ended(first, 4);
      expect(done.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done']);
      const left = await scene.api.ended(second, 2);
      expect(left.map(({ state, reason }) => [state, reason?.code])).toEqual([
        ['cancelled', 'repository_not_scanned'],
        ['cancelled', 'repository_not_scanned'],
      ]);
      expect(scene.registry.asked(leaving)).toEqual([]);
    });
  });
}
