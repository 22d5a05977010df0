import { packLines } from '../packed-lines.ts';
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
  readonly #paths: string[] = [];
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
    else if (key === 'R')
      this.#paths.push(this.#directory === '' ? row.slice(2) : `${this.#directory}/${row.slice(2)}`);
    else if ('PVAoL'.includes(key) && !this.#fields.has(key)) this.#fields.set(key, row.slice(2).trim());
  }

  finish(faults: FaultList): ApkRecord | null {
    const [name, version] = [this.#fields.get('P'), this.#fields.get('V')];
    const isEmpty = this.#fields.size === 0 && this.#paths.length === 0 && this.#directory === '';
    if (this.#isMalformed) faults.add('record_malformed', `${name ?? 'a record'}, line ${this.#line}`);
    if (isEmpty || name?.startsWith('.')) return null;
    if (!name || !version) {
      faults.add('record_incomplete', `${name || 'a record'}, line ${this.#line}`);
      return null;
    }
    const origin = this.#fields.get('o');
    return {
      name,
      version,
      architecture: this.#fields.get('A') || null,
      origin: origin && origin !== name ? origin : null,
      license: this.#fields.get('L') || null,
      paths: packLines(this.#paths),
    };
  }
}
