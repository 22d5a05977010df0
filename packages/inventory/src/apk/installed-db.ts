import { LinePacker } from '../packed-lines.ts';
import { FaultList, type RecordFault } from '../record-fault.ts';
import { linesOf } from '../text.ts';

/** What is kept of a stanza. `origin` is the source package, null where it has the package's own name. */
export interface ApkRecord {
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  readonly origin: string | null;
  readonly license: string | null;
  /** Paths of files without a leading slash, packed. */
  readonly paths: string;
}

export interface ApkFacts {
  readonly records: readonly ApkRecord[];
  readonly faults: readonly RecordFault[];
}

/** More than any distribution has. */
const recordsMax = 40_000;
/** Characters of a name or version, and of any other value. */
const wordMax = 1000;
const valueMax = 2000;

/**
 * The packages of apk's database of installed packages: stanzas of `X:value` lines, a blank line between them; `F` is
 * a directory and `R` a file in the last one, or in the root when there was none. Names that begin with a dot are
 * apk's own groups of build dependencies, not packages.
 * @returns null when nothing in it is such a line.
 * @see https://wiki.alpinelinux.org/wiki/Apk_spec
 */
export function readInstalledDb(text: string): ApkFacts | null {
  const records: ApkRecord[] = [];
  const faults = new FaultList();
  let stanza = new Stanza(1);
  let line = 0;
  let isApk = false;
  const finish = () => {
    const record = stanza.finish(faults);
    if (record !== null) records.push(record);
    isApk ||= stanza.hasIdentity;
  };
  for (const row of linesOf(text)) {
    if (records.length >= recordsMax) {
      faults.add('file_malformed', `more than ${recordsMax} packages`);
      break;
    }
    line += 1;
    if (row !== '') stanza.take(row);
    else {
      finish();
      stanza = new Stanza(line + 1);
    }
  }
  finish();
  return isApk ? { records, faults: faults.finish() } : null;
}

class Stanza {
  readonly #line: number;
  readonly #fields = new Map<string, string>();
  readonly #paths = new LinePacker();
  #hasPaths = false;
  #directory = '';
  #isMalformed = false;

  constructor(line: number) {
    this.#line = line;
  }

  get hasIdentity(): boolean {
    return this.#fields.has('P') || this.#fields.has('V');
  }

  take(row: string): void {
    if (row.charAt(1) !== ':') {
      this.#isMalformed = true;
      return;
    }
    const key = row.charAt(0);
    if (key === 'F') this.#directory = row.slice(2);
    else if (key === 'R') this.#own(row.slice(2));
    else if ('PVAoL'.includes(key) && !this.#fields.has(key)) this.#fields.set(key, row.slice(2, 2 + valueMax).trim());
  }

  #own(name: string): void {
    this.#paths.add(this.#directory === '' ? name : `${this.#directory}/${name}`);
    this.#hasPaths = true;
  }

  finish(faults: FaultList): ApkRecord | null {
    const [name, version] = [this.#fields.get('P'), this.#fields.get('V')];
    const isEmpty = this.#fields.size === 0 && !this.#hasPaths && this.#directory === '';
    if (this.#isMalformed) faults.add('record_malformed', `${name ?? 'a record'}, line ${this.#line}`);
    if (isEmpty || name?.startsWith('.')) return null;
    if (!name || !version) {
      faults.add('record_incomplete', `${name || 'a record'}, line ${this.#line}`);
      return null;
    }
    if (name.length > wordMax || version.length > wordMax || /\s/.test(name) || /\s/.test(version)) {
      faults.add('record_malformed', `${name}, line ${this.#line}`);
      return null;
    }
    const origin = this.#fields.get('o');
    return {
      name,
      version,
      architecture: this.#fields.get('A') || null,
      origin: origin && origin !== name ? origin : null,
      license: this.#fields.get('L') || null,
      paths: this.#paths.finish(),
    };
  }
}
