import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

/**
 * What runs across tenants, each with the reason why it cannot run as one of them. A statement that is added without a
 * line here fails; so does one that reads rows of tenants in a file that had none of them.
 */
const acrossTenants: Readonly<Record<string, string>> = {
  'hooks.receive': 'a delivery says a connection and a token; whose they are is known when they were found',
  'hooks.noteSeen': 'connections of any tenant, noted together',
  'hooks.ring': 'tells the dispatchers, who serve all; reads nothing',
  'hooks.forget': 'deliveries of all tenants are kept as long',
  'images.find': 'the worker asks for one organization, whose scan it has claimed, and content has no tenant',
  'images.id': 'content is shared',
  'images.save': 'content is shared: written once for all',
  'images.saveUnreadLayers': 'content is shared',
  'images.saveLayers': 'content is shared',
  'images.dropPackages': 'content is shared',
  'images.savePackages': 'content is shared',
  'keys.find': 'whose a request is, is known by its key alone',
  'keys.create': 'the first key of an organization, and keys made at the shell of the server',
  'layers.loadIndex': 'content is shared; judged by what the organization of the scan has been served',
  'layers.saveIndex': 'content is shared; notes that the organization of the scan was served it',
  'ledger.claim': 'a worker runs scans of all tenants',
  'ledger.counts': 'figures of the whole service, without whose they are',
  'ledger.coverChildren': 'a worker ends what its own scan has covered, in the repository of that scan',
  'ledger.finish': 'a worker ends the scan of which it has the lease',
  'ledger.giveBack': 'a worker gives back the scan of which it has the lease',
  'ledger.lock': 'one dispatcher at a time; reads nothing',
  'ledger.renew': 'a worker goes on with the scan of which it has the lease',
  'ledger.retryLater': 'a worker puts off the scan of which it has the lease',
  'ledger.sweepExpired': 'leases of workers that are gone, whosever scans they had',
  'ledger.sweepOptedOut': 'what waits in repositories that were opted out, of all tenants',
  'ledger.sweepOverdue': 'what is beyond its deadline, of all tenants',
  'ledger.sweepQueued': 'what the queue has lost, of all tenants',
  'ledger.take': 'fair between tenants: it has to see all of them',
  'organizations.create': 'there is no tenant before it',
  'organizations.list': 'for the shell of the server',
  'organizations.lock': 'the first organization is made once; reads nothing',
  'profiles.saveIndex': 'content is shared',
  'profiles.link': 'a worker says that the repository of its scan has held a digest',
  'profiles.tagStands': 'a worker moves a tag of the repository of its scan',
  'profiles.closeTag': 'as tagStands',
  'profiles.openTag': 'as tagStands',
};

/** Files whose statements know advisories, packages, feeds, the schema and the sealing key: nothing of any tenant. */
const withoutTenants = [
  'advisories.ts',
  'feeds.ts',
  'findings.ts',
  'locks.ts',
  'packages.ts',
  'schema.ts',
  'sealing-keys.ts',
  'staging.ts',
];

const folder = fileURLToPath(new URL('../../src/system/', import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && !name.includes('testing'))
  .map((name) => ({ name, text: readFileSync(join(folder, name), 'utf8') }));
const namesIn = (text: string) => [...text.matchAll(/\bname: '(\w+\.\w+)'/g)].map(([, name]) => name ?? '');

describe('statements across tenants', () => {
  test('are those listed, each with its reason', () => {
    const found = files.filter(({ name }) => !withoutTenants.includes(name)).flatMap(({ text }) => namesIn(text));
    expect(found.sort()).toEqual(Object.keys(acrossTenants).sort());
  });

  test('are not in the files that have nothing to do with tenants', () => {
    for (const name of withoutTenants) {
      const text = files.find((file) => file.name === name)?.text ?? '';
      expect(namesIn(text).length, name).toBeGreaterThan(0);
      expect(text, name).not.toMatch(/\btenant\.\w/);
    }
  });

  test('have names of their own: two of one name would be prepared as one', () => {
    const all = files.flatMap(({ text }) => namesIn(text));
    expect(all.filter((name, index) => all.indexOf(name) !== index)).toEqual([]);
  });

  test('are made nowhere else', () => {
    const root = fileURLToPath(new URL('../../../../', import.meta.url));
    const made = ['apps', 'packages']
      .flatMap((top) => readdirSync(join(root, top)).map((one) => join(top, one, 'src')))
      .filter((source) => source !== join('packages', 'store', 'src'))
      .flatMap((source) =>
        readdirSync(join(root, source), { recursive: true, encoding: 'utf8' }).map((file) => join(source, file)),
      )
      .filter((file) => file.endsWith('.ts') && !/\.test\.ts$|testing/.test(file))
      .filter((file) => /\.query(<[^;]*?>)?\(\s*\{?\s*(name|text):/.test(readFileSync(join(root, file), 'utf8')));
    expect(made).toEqual([]);
  });
});
