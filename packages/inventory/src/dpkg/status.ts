import { FaultList, type RecordFault } from '../record-fault.ts';
import { readStanzas, type Stanza } from './stanzas.ts';

/** What is kept of a stanza. `source` and `sourceVersion` are null where they are the package's own. */
export interface DpkgRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  readonly source: string | null;
  readonly sourceVersion: string | null;
}

export interface StatusFacts {
  readonly kind: 'status';
  readonly records: readonly DpkgRecord[];
  readonly faults: readonly RecordFault[];
}

const wanted = new Set(['package', 'version', 'architecture', 'source', 'status', 'port-version', 'default-features']);

/** More than any distribution has. */
const recordsMax = 40_000;
/** Characters of a name or version. */
const wordMax = 1000;

/** Not on the disk any more, whatever else the stanza says. */
const absent = new Set(['not-installed', 'config-files']);

/**
 * The installed packages of a `status` file, or of one file of `status.d`, whose stanzas need no Status. A package that
 * is unpacked but not configured has its files in the image: it counts, with a note.
 * @returns null when nothing in it is a stanza of dpkg, as in the `status` file of vcpkg.
 * @see https://manpages.debian.org/dpkg.1 (package states), https://manpages.debian.org/deb-src-control.5
 */
export function readStatus(text: string): StatusFacts | null {
  const records: DpkgRecord[] = [];
  const faults = new FaultList();
  let isDpkg = false;
  for (const stanza of readStanzas(text, wanted)) {
    if (stanza.fields.has('port-version') || stanza.fields.has('default-features')) continue;
    isDpkg ||= stanza.fields.has('package');
    if (records.length >= recordsMax) {
      faults.add('file_malformed', `more than ${recordsMax} packages`);
      break;
    }
    const record = readRecord(stanza, faults);
    if (record !== null) records.push(record);
  }
  return isDpkg ? { kind: 'status', records, faults: faults.finish() } : null;
}

function readRecord({ fields, line }: Stanza, faults: FaultList): DpkgRecord | null {
  const state = fields.get('status')?.split(/\s+/)[2]?.toLowerCase() ?? 'installed';
  if (absent.has(state)) return null;
  const [name, version] = [fields.get('package'), fields.get('version')];
  if (!name || !version) {
    faults.add('record_incomplete', name ? `${name}, line ${line}` : `line ${line}`);
    return null;
  }
  if (!isWord(name) || !isWord(version)) {
    faults.add('record_malformed', `${name}, line ${line}`);
    return null;
  }
  if (state !== 'installed') faults.add('package_half_installed', `${name} is ${state}`);
  const { source, sourceVersion } = readSource(fields.get('source') ?? '');
  return {
    name,
    version,
    architecture: fields.get('architecture') || null,
    source: isWord(source) && source !== name ? source : null,
    sourceVersion: isWord(sourceVersion) && sourceVersion !== version ? sourceVersion : null,
  };
}

/** `name`, or `name (version)`. */
function readSource(text: string): { source: string; sourceVersion: string } {
  const open = text.indexOf('(');
  const close = text.indexOf(')', open + 1);
  if (open === -1 || close === -1) return { source: text.trim(), sourceVersion: '' };
  return { source: text.slice(0, open).trim(), sourceVersion: text.slice(open + 1, close).trim() };
}

function isWord(text: string): boolean {
  return text !== '' && text.length <= wordMax && !/\s/.test(text);
}
