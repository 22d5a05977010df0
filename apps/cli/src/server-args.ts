import { isHost } from './config.ts';
import { nothingMore, parseWords, quoted, usage, type Words } from './words.ts';

/** Where a command finds the store; null leaves it to the environment and its defaults. */
export interface Place {
  readonly data: string | null;
}

export type ServerCommand =
  | ({ readonly command: 'serve'; readonly port: number | null } & Place)
  | { readonly command: 'api'; readonly port: number | null }
  | { readonly command: 'worker' }
  | ({ readonly command: 'advisories import'; readonly directory: string; readonly force: boolean } & Place)
  | ({ readonly command: 'advisories sync'; readonly url: string | null; readonly force: boolean } & Place)
  | ({ readonly command: 'advisories status' } & Place)
  | ({ readonly command: 'keys create'; readonly name: string; readonly organization: string | null } & Place)
  | ({
      readonly command: 'registries connect';
      /** `host` or `host:port`. */
      readonly host: string;
      readonly insecure: boolean;
      /** How the registry reaches this service; null is SOUPCON_PUBLIC_URL. */
      readonly url: string | null;
      /** A file for the registry's whole configuration; null prints the part of it that notifies. */
      readonly writeConfig: string | null;
      readonly organization: string | null;
    } & Place)
  | ({ readonly command: 'repos enable'; readonly repository: string; readonly insecure: boolean } & Place & {
        readonly organization: string | null;
      })
  | {
      readonly command: 'demo';
      /** `oci:DIR[:TAG]`; null builds one of what this machine has. */
      readonly image: string | null;
      readonly advisories: string | null;
      readonly exit: boolean;
      readonly port: number | null;
    };

export const serverTopics = ['serve', 'api', 'worker', 'advisories', 'keys', 'registries', 'repos', 'demo'] as const;
type Topic = (typeof serverTopics)[number];
type HelpCommand = { readonly command: 'help'; readonly topic: Topic };

/** @returns null when the word is no command of the server. */
export function parseServerCommand(word: string, rest: readonly string[]): ServerCommand | HelpCommand | null {
  const topic = serverTopics.find((known) => known === word);
  if (topic === undefined) return null;
  const given = new Given(topic, rest);
  return given.has('help') ? { command: 'help', topic } : parsers[topic](given);
}

const place = { data: { type: 'string' } } as const;
const options: Readonly<Record<Topic, Words>> = {
  serve: { port: { type: 'string', short: 'p' }, ...place },
  api: { port: { type: 'string', short: 'p' } },
  worker: {},
  advisories: { url: { type: 'string' }, force: { type: 'boolean' }, ...place },
  keys: { name: { type: 'string' }, organization: { type: 'string' }, ...place },
  registries: {
    insecure: { type: 'boolean' },
    url: { type: 'string' },
    'write-config': { type: 'string' },
    organization: { type: 'string' },
    ...place,
  },
  repos: { organization: { type: 'string' }, insecure: { type: 'boolean' }, ...place },
  demo: { advisories: { type: 'string' }, exit: { type: 'boolean' }, port: { type: 'string', short: 'p' } },
};

/** The words behind a command, split and looked up by what they mean. */
class Given {
  readonly topic: Topic;
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(topic: Topic, words: readonly string[]) {
    const { values, positionals } = parseWords(
      words,
      { ...options[topic], help: { type: 'boolean', short: 'h' } },
      topic,
    );
    this.topic = topic;
    this.positionals = positionals;
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  text(name: string): string | null {
    return this.#values.get(name)?.at(-1) ?? null;
  }

  port(): number | null {
    const text = this.text('port');
    if (text === null) return null;
    const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (port <= 65_535) return port;
    throw usage(`${this.topic}: --port ${quoted(text)} is not a port`, 'It is a whole number from 0 to 65535.');
  }
}

const parsers: Readonly<Record<Topic, (given: Given) => ServerCommand>> = {
  serve: (given) => {
    nothingMore(given.positionals, 'serve');
    return { command: 'serve', port: given.port(), data: given.text('data') };
  },
  api: (given) => {
    nothingMore(given.positionals, 'api');
    return { command: 'api', port: given.port() };
  },
  worker: (given) => {
    nothingMore(given.positionals, 'worker');
    return { command: 'worker' };
  },
  advisories: parseAdvisories,
  keys: (given) => {
    const [verb, ...rest] = given.positionals;
    needVerb('keys', verb, ['create']);
    nothingMore(rest, 'keys create');
    const [name, organization] = [given.text('name') ?? 'command line', given.text('organization')];
    return { command: 'keys create', name, organization, data: given.text('data') };
  },
  registries: (given) => {
    const [verb, host, ...rest] = given.positionals;
    needVerb('registries', verb, ['connect']);
    const remedy = 'It is `soupcon registries connect HOST`, such as registry.example or localhost:5000.';
    if (host === undefined) throw usage('registries connect: no registry is named', remedy);
    if (!isHost(host)) throw usage(`registries connect: ${quoted(host)} is not a registry`, remedy);
    nothingMore(rest, quoted(host), remedy);
    const [url, writeConfig] = [given.text('url'), given.text('write-config')];
    const [insecure, organization, data] = [given.has('insecure'), given.text('organization'), given.text('data')];
    return { command: 'registries connect', host, insecure, url, writeConfig, organization, data };
  },
  repos: (given) => {
    const [verb, repository, ...rest] = given.positionals;
    needVerb('repos', verb, ['enable']);
    const remedy = 'It is `soupcon repos enable HOST/NAME`, such as registry.example/team/app.';
    if (repository === undefined) throw usage('repos enable: no repository is named', remedy);
    nothingMore(rest, quoted(repository), remedy);
    const [organization, data] = [given.text('organization'), given.text('data')];
    return { command: 'repos enable', repository, insecure: given.has('insecure'), organization, data };
  },
  demo: (given) => {
    const [image = null, ...rest] = given.positionals;
    if (image !== null && !image.startsWith('oci:')) {
      throw usage(
        `demo: ${quoted(image)} is not an image it can push`,
        'It is oci:DIR or oci:DIR:TAG, an OCI image layout.',
      );
    }
    nothingMore(rest, 'the image');
    return {
      command: 'demo',
      image,
      advisories: given.text('advisories'),
      exit: given.has('exit'),
      port: given.port(),
    };
  },
};

function parseAdvisories(given: Given): ServerCommand {
  const [verb, directory, ...rest] = given.positionals;
  const [data, force] = [given.text('data'), given.has('force')];
  const url = given.text('url');
  switch (needVerb('advisories', verb, ['import', 'sync', 'status'])) {
    case 'import':
      if (directory === undefined) {
        throw usage('advisories import: no directory is named', 'It is `soupcon advisories import DIR`.');
      }
      nothingMore(rest, quoted(directory));
      return { command: 'advisories import', directory, force, data };
    case 'sync':
      nothingMore(given.positionals.slice(1), 'advisories sync');
      if (url !== null && !/^https?:\/\//.test(url)) {
        throw usage(
          `advisories sync: --url ${quoted(url)} is not a URL`,
          'For a directory there is `soupcon advisories import`.',
        );
      }
      return { command: 'advisories sync', url, force, data };
    case 'status':
      nothingMore(given.positionals.slice(1), 'advisories status');
      return { command: 'advisories status', data };
  }
}

function needVerb<const Verb extends string>(topic: Topic, word: string | undefined, verbs: readonly Verb[]): Verb {
  const verb = verbs.find((known) => known === word);
  if (verb !== undefined) return verb;
  const remedy = `It is ${verbs.map((known) => `\`soupcon ${topic} ${known}\``).join(' or ')}.`;
  if (word === undefined) throw usage(`${topic}: what to do with them is not said`, remedy);
  throw usage(`${topic}: ${quoted(word)} is not something to do with them`, remedy);
}
