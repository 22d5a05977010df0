import { problem } from '@soupcon/model';
import type { Cataloger, CatalogView, FoundPackage, LayerFile, ViewFile } from '../cataloger.ts';
import { osPackage } from '../os-package.ts';
import { unpackLines } from '../packed-lines.ts';
import { faultProblems } from '../record-fault.ts';
import { baseName, parentOf } from '../text.ts';
import { type ApkFacts, type ApkRecord, readInstalledDb } from './installed-db.ts';

/** Alpine's packages, and those of the other distributions that use apk. */
export const apk: Cataloger<ApkFacts> = {
  id: 'apk',
  version: 1,
  source: 'https://wiki.alpinelinux.org/wiki/Apk_spec',
  wants: ['installed'],
  read,
  *resolve(view) {
    const seen = new Set<string>();
    for (const place of places) {
      const found = view.lookup(place);
      const isBroken = found === 'broken' || (found === null && view.lookup(parentOf(place)) === 'broken');
      if (isBroken) yield problem('database_link_broken', { path: place });
      if (found === null || found === 'broken' || seen.has(found.path)) continue;
      seen.add(found.path);
      yield* readDatabase(view, '', found);
    }
    for (const file of view.files()) {
      const root = /^(.+?)\/(?:usr\/)?lib\/apk\/db\/installed$/.exec(file.path)?.[1];
      if (root === undefined || seen.has(file.path)) continue;
      yield* readDatabase(view, root, file);
    }
  },
};

const places = ['lib/apk/db/installed', 'usr/lib/apk/db/installed'];

function read(file: LayerFile): ApkFacts | null {
  const facts = readInstalledDb(file.text());
  if (facts !== null || baseName(parentOf(file.path)) !== 'db' || file.text().trim() === '') return facts;
  return { records: [], faults: [{ code: 'file_malformed', what: 'not a list of packages' }] };
}

function* readDatabase(view: CatalogView<ApkFacts>, root: string, file: ViewFile<ApkFacts>) {
  yield* faultProblems(file.facts.faults, file);
  for (const record of file.facts.records) yield packageOf(view, root, file.path, record);
}

function packageOf(view: CatalogView<ApkFacts>, root: string, path: string, record: ApkRecord): FoundPackage {
  return osPackage({
    type: 'apk',
    family: 'alpine',
    root,
    path,
    distro: view.distro(root),
    record,
    source: { name: record.origin ?? record.name, version: record.version },
    licenses: record.license === null ? [] : [record.license],
    files: () => unpackLines(record.paths),
  });
}
