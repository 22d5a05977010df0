import type { FoundPackage } from './cataloger.ts';

/**
 * A package whose purl is made when it is asked for: after every layer that writes a database anew all its packages are
 * found again, and of nearly all of them the key and the version are all that anybody wants to know.
 */
export class LazyPackage implements FoundPackage {
  readonly kind = 'package';
  readonly type: string;
  readonly namespace: string | null;
  readonly name: string;
  readonly version: string;
  readonly architecture: string | null;
  readonly source: FoundPackage['source'];
  readonly licenses: readonly string[];
  readonly context: FoundPackage['context'];
  readonly path: string;
  readonly key: string;
  readonly owns: FoundPackage['owns'];
  readonly #format: (found: LazyPackage) => string;
  #purl: string | null = null;

  constructor(found: Omit<FoundPackage, 'kind' | 'purl'>, format: (found: LazyPackage) => string) {
    this.type = found.type;
    this.namespace = found.namespace;
    this.name = found.name;
    this.version = found.version;
    this.architecture = found.architecture;
    this.source = found.source;
    this.licenses = found.licenses;
    this.context = found.context;
    this.path = found.path;
    this.key = found.key;
    this.owns = found.owns;
    this.#format = format;
  }

  get purl(): string {
    this.#purl ??= this.#format(this);
    return this.#purl;
  }
}
