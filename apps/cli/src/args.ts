import { AppError, type Platform, parsePlatform, type Severity, severities } from '@soupcon/model';
import { isHost } from './config.ts';
import { parseServerCommand, type ServerCommand, serverTopics } from './server-args.ts';
import { nothingMore, parseWords, quoted, usage } from './words.ts';

export const formats = ['table', 'json', 'cyclonedx'] as const;
export type Format = (typeof formats)[number];

export interface ScanOptions {
  /** As the user wrote it. */
  readonly image: string;
  readonly format: Format;
  /** Null is standard output. */
  readonly output: string | null;
  readonly platform: Platform | null;
  readonly advisories: string | null;
  readonly failOn: Severity | null;
  readonly requireComplete: boolean;
  /** The table lists negligible and suppressed findings too. */
  readonly all: boolean;
  readonly insecureRegistries: readonly string[];
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Null leaves it to the machine. */
  readonly threads: number | null;
}

export type Command =
  | { readonly command: 'help'; readonly topic: string | null }
  | { readonly command: 'version' }
  | { readonly command: 'scan'; readonly options: ScanOptions }
  | { readonly command: 'versions compare'; readonly scheme: string }
  | ServerCommand;

export const topics = ['scan', 'versions', ...serverTopics] as const;
const planned = new Set(['gate', 'bench', 'verify']);

/**
 * What the words after `soupcon` ask for.
 * @throws {AppError} `usage` naming the word that is not understood, with what could stand there.
 */
export function parseCommand(words: readonly string[]): Command {
  const [first, ...rest] = words;
  if (first === undefined) throw usage('no command is given');
  if (first === '--version') {
    nothingMore(rest, first);
    return { command: 'version' };
  }
  if (first === '--help' || first === '-h') return { command: 'help', topic: null };
  if (first === 'help') return parseHelp(rest);
  if (first === 'scan') return parseScan(rest);
  if (first === 'versions') return parseVersions(rest);
  const server = parseServerCommand(first, rest);
  if (server !== null) return server;
  if (planned.has(first)) throw usage(`the command ${first} is not there yet`);
  throw usage(`there is no ${first.startsWith('-') ? 'option' : 'command'} ${quoted(first)} here`);
}

function parseHelp([topic, ...rest]: readonly string[]): Command {
  if (topic === undefined) return { command: 'help', topic: null };
  if (!topics.some((known) => known === topic)) throw usage(`there is no help about ${quoted(topic)}`);
  if (topic === 'scan') nothingMore(rest, topic); // The others may be asked for with what follows them.
  return { command: 'help', topic };
}

function parseVersions(words: readonly string[]): Command {
  const { values, positionals } = parseWords(words, { help: { type: 'boolean', short: 'h' } }, 'versions');
  if (values.has('help')) return { command: 'help', topic: 'versions' };
  const remedy = 'It is `soupcon versions compare <scheme>`, with lines `A B` on standard input.';
  const [verb, scheme, ...rest] = positionals;
  if (verb === undefined) throw usage('versions: what to do with them is not said', remedy);
  if (verb !== 'compare') throw usage(`versions: ${quoted(verb)} is not something to do with them`, remedy);
  if (scheme === undefined) throw usage('versions compare: no scheme is named', remedy);
  if (rest.length > 0) throw usage(`versions compare: ${quoted(rest[0] ?? '')} is one word too many`, remedy);
  return { command: 'versions compare', scheme };
}

const scanWords = {
  format: { type: 'string', short: 'f' },
  output: { type: 'string', short: 'o' },
  platform: { type: 'string' },
  advisories: { type: 'string' },
  'fail-on': { type: 'string' },
  'require-complete': { type: 'boolean' },
  all: { type: 'boolean' },
  'insecure-registry': { type: 'string', multiple: true },
  quiet: { type: 'boolean', short: 'q' },
  verbose: { type: 'boolean' },
  threads: { type: 'string' },
  policy: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

function parseScan(words: readonly string[]): Command {
  const { values, positionals } = parseWords(words, scanWords, 'scan');
  if (values.has('help')) return { command: 'help', topic: 'scan' };
  const last = (name: keyof typeof scanWords) => values.get(name)?.at(-1) ?? null;
  if (values.has('policy')) throw usage('scan: --policy is not there yet', 'Use --fail-on SEVERITY.');
  const [image, ...rest] = positionals;
  if (image === undefined)
    throw usage('scan: no image is named', 'It is `soupcon scan <image>`; see `soupcon help scan`.');
  if (rest.length > 0) {
    throw usage(`scan: one image at a time, but ${quoted(rest[0] ?? '')} follows ${quoted(image)}`, seeScan);
  }
  const options: ScanOptions = {
    image,
    format: readFormat(last('format')),
    output: last('output') === '-' ? null : last('output'),
    platform: readPlatform(last('platform')),
    advisories: last('advisories'),
    failOn: readSeverity(last('fail-on')),
    requireComplete: values.has('require-complete'),
    all: values.has('all'),
    insecureRegistries: (values.get('insecure-registry') ?? []).map(readHost),
    quiet: values.has('quiet'),
    verbose: values.has('verbose'),
    threads: readThreads(last('threads')),
  };
  return { command: 'scan', options };
}

const seeScan = 'See `soupcon help scan`.';

function readFormat(text: string | null): Format {
  if (text === null) return 'table';
  const format = formats.find((known) => known === text);
  if (format !== undefined) return format;
  const why =
    text === 'spdx' || text === 'sarif' ? `the format ${text} is not there yet` : `there is no format ${quoted(text)}`;
  throw usage(`scan: ${why}`, `Formats are ${formats.join(', ')}.`);
}

function readPlatform(text: string | null): Platform | null {
  try {
    return text === null ? null : parsePlatform(text);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw usage(`scan: --platform ${quoted(text ?? '')} is not a platform`, error.remedy);
  }
}

function readSeverity(text: string | null): Severity | null {
  if (text === null) return null;
  const severity = severities.find((known) => known === text.toLowerCase());
  if (severity !== undefined) return severity;
  throw usage(`scan: --fail-on ${quoted(text)} is not a severity`, `Severities are ${severities.join(', ')}.`);
}

function readHost(text: string): string {
  if (isHost(text)) return text;
  throw usage(`scan: --insecure-registry ${quoted(text)} is not a registry`, 'It is `host` or `host:port`.');
}

const threadsMax = 64;

function readThreads(text: string | null): number | null {
  if (text === null) return null;
  const threads = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (threads >= 1 && threads <= threadsMax) return threads;
  throw usage(
    `scan: --threads ${quoted(text)} is not a number of threads`,
    `It is a whole number from 1 to ${threadsMax}.`,
  );
}
