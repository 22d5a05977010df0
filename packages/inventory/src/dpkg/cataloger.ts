import { type Problem, problem } from '@soupcon/model';
import type { Cataloger, CatalogView, FoundPackage, LayerFile, ViewFile } from '../cataloger.ts';
import { osPackage } from '../os-package.ts';
import { faultProblems } from '../record-fault.ts';
import { baseName, below, parentOf } from '../text.ts';
import {
  type Diversion,
  type DiversionFacts,
  type OwnedFacts,
  ownedPaths,
  readDiversions,
  readList,
  readMd5sums,
} from './owned.ts';
import { type DpkgRecord, readStatus, type StatusFacts } from './status.ts';

export type DpkgFacts = StatusFacts | OwnedFacts | DiversionFacts;

/** What lies in `status.d` beside the stanzas. */
const besideStanza =
  /\.(?:list|preinst|postinst|prerm|postrm|conffiles|config|templates|triggers|shlibs|symbols|sha256sums)$/;

/** Debian's packages, as dpkg keeps them, and as images without dpkg do, one file a package. */
export const dpkg: Cataloger<DpkgFacts> = {
  id: 'dpkg',
  version: 1,
  source: 'https://manpages.debian.org/dpkg-query.1',
  wants: ['status', 'status.d/*', 'info/*.list', 'diversions'],
  read,
  *resolve(view) {
    const databases = findDatabases(view);
    for (const database of databases) yield* readDatabase(view, database);
  },
};

function read(file: LayerFile): DpkgFacts | null {
  const { path } = file;
  const name = baseName(path);
  const parent = baseName(parentOf(path));
  if (parent === 'status.d') {
    if (name.endsWith('.md5sums')) return readMd5sums(file.text());
    return besideStanza.test(name) ? null : readStatus(file.text());
  }
  if (parent === 'info' && name.endsWith('.list')) return readList(file.text());
  if (name === 'diversions') return readDiversions(file.text());
  if (name !== 'status') return null;
  const facts = readStatus(file.text());
  if (facts !== null || parent !== 'dpkg' || file.text().trim() === '') return facts;
  return { kind: 'status', records: [], faults: [{ code: 'file_malformed', what: 'not a list of packages' }] };
}

/** A root file system with its database directory, canonical. */
interface Database {
  readonly root: string;
  readonly directory: string;
  readonly status: ViewFile<StatusFacts> | null;
  readonly stanzas: ViewFile<StatusFacts>[];
  readonly broken: string | null;
}

const place = 'var/lib/dpkg';

/** The image's own database first, wherever links put it; then those of nested roots, in the order of their paths. */
function findDatabases(view: CatalogView<DpkgFacts>): Database[] {
  const byDirectory = new Map<string, Database>();
  const open = (root: string, directory: string): Database => {
    const known = byDirectory.get(directory);
    if (known !== undefined) return known;
    const database = openDatabase(view, root, directory);
    byDirectory.set(directory, database);
    return database;
  };
  open('', view.canonical(place));
  for (const file of view.files()) {
    if (file.facts.kind !== 'status') continue;
    const isStanza = /(?:^|\/)status\.d\/[^/]+$/.test(file.path);
    const directory = parentOf(isStanza ? parentOf(file.path) : file.path);
    const isNested = directory.endsWith(`/${place}`);
    const database = isNested ? open(directory.slice(0, -place.length - 1), directory) : byDirectory.get(directory);
    if (isStanza) database?.stanzas.push({ ...file, facts: file.facts });
  }
  return [...byDirectory.values()];
}

function openDatabase(view: CatalogView<DpkgFacts>, root: string, directory: string): Database {
  const found = view.lookup(`${directory}/status`);
  const link = below(root, place);
  const isBroken = found === 'broken' || (found === null && view.lookup(link) === 'broken');
  const status = found !== null && found !== 'broken' && found.facts.kind === 'status' ? found : null;
  return {
    root,
    directory,
    status: status === null ? null : { ...status, facts: status.facts as StatusFacts },
    stanzas: [],
    broken: isBroken ? (found === 'broken' ? `${directory}/status` : link) : null,
  };
}

function* readDatabase(view: CatalogView<DpkgFacts>, database: Database): Generator<FoundPackage | Problem> {
  if (database.broken !== null) yield problem('database_link_broken', { path: database.broken });
  const diversions = diversionsOf(view, database.directory);
  for (const file of [...(database.status === null ? [] : [database.status]), ...database.stanzas]) {
    yield* faultProblems(file.facts.faults, file);
    for (const record of file.facts.records) {
      yield packageOf(view, database, file.path, record, () => {
        const owned = ownedFacts(view, database.directory, file, record);
        return owned === null ? [] : ownedPaths(owned, record.name, diversions);
      });
    }
  }
}

function diversionsOf(view: CatalogView<DpkgFacts>, directory: string): ReadonlyMap<string, Diversion> {
  const found = view.lookup(`${directory}/diversions`);
  if (found === null || found === 'broken' || found.facts.kind !== 'diversions') return new Map();
  return new Map(found.facts.diversions.map((diversion) => [diversion.from, diversion]));
}

function ownedFacts(
  view: CatalogView<DpkgFacts>,
  directory: string,
  file: ViewFile<StatusFacts>,
  { name, architecture }: DpkgRecord,
): OwnedFacts | null {
  const info = `${directory}/info/${name}`;
  for (const path of [`${file.path}.md5sums`, `${info}:${architecture}.list`, `${info}.list`]) {
    const found = view.lookup(path);
    if (found !== null && found !== 'broken' && found.facts.kind === 'owned') return found.facts;
  }
  return null;
}

function packageOf(
  view: CatalogView<DpkgFacts>,
  { root }: Database,
  path: string,
  record: DpkgRecord,
  files: () => Iterable<string>,
): FoundPackage {
  return osPackage({
    type: 'deb',
    family: 'debian',
    root,
    path,
    distro: view.distro(root),
    record,
    source: { name: record.source ?? record.name, version: record.sourceVersion ?? record.version },
    licenses: [],
    files,
  });
}
