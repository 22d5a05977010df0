import { parseArgs } from 'node:util';
import { AppError, type Platform, parsePlatform, type Severity, severities } from '@soupcon/model';
import { isHost } from './config.ts';

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
  | { readonly command: 'versions compare'; readonly scheme: string };

export const topics = ['scan', 'versions'] as const;
const planned = new Set(['serve', 'api', 'worker', 'advisories', 'keys', 'repos', 'gate', 'bench', 'verify']);

/** @param remedy what to do instead; the general help when there is nothing better. */
export function usage(subject: string, remedy = 'See `soupcon --help`.'): AppError {
  return new AppError('usage', { subject, detail: { remedy } });
}

/**
 * What the words after `soupcon` ask for.
 * @throws {AppError} `usage` naming the word that is not understood, with what could stand there.
 */
export function parseCommand(words: readonly string[]): Command {
  const [first, ...rest] = words;
  if (first === undefined) throw usage('no command is given');
  if (first === '--version') return only(rest, first, { command: 'version' });
  if (first === '--help' || first === '-h') return { command: 'help', topic: null };
  if (first === 'help') return parseHelp(rest);
  if (first === 'scan') return parseScan(rest);
  if (first === 'versions') return parseVersions(rest);
  if (planned.has(first)) throw usage(`the command ${first} is not there yet`);
  throw usage(`there is no ${first.startsWith('-') ? 'option' : 'command'} ${quoted(first)} here`);
}

function only(rest: readonly string[], word: string, command: Command): Command {
  if (rest.length > 0) throw usage(`nothing may follow ${word}, but ${quoted(rest[0] ?? '')} does`);
  return command;
}

function parseHelp([topic, ...rest]: readonly string[]): Command {
  if (topic === undefined) return { command: 'help', topic: null };
  if (!topics.some((known) => known === topic)) throw usage(`there is no help about ${quoted(topic)}`);
  return rest.length === 0 || topic === 'versions'
    ? { command: 'help', topic }
    : only(rest, topic, { command: 'help', topic });
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

type Words = Readonly<Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }>>;

/**
 * Splits words into options and the rest. The parser of Node is asked for its tokens only, so that each fault is said
 * in words of ours. A value that looks like an option was forgotten: it is taken only as `--name=value`.
 */
function parseWords(words: readonly string[], options: Words, command: string) {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const see = `See \`soupcon help ${command}\`.`;
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) throw usage(`${command}: there is no option ${quoted(rawName)}`, see);
    if (option.type === 'boolean' && value !== undefined) throw usage(`${command}: ${rawName} takes no value`, see);
    const forgotten =
      value === undefined || value === '' || (!inlineValue && value.length > 1 && value.startsWith('-'));
    if (option.type === 'string' && forgotten) throw usage(`${command}: ${rawName} needs a value`, see);
    const before = values.get(name) ?? [];
    if (before.length > 0 && option.type === 'string' && !option.multiple) {
      throw usage(`${command}: ${rawName} is given twice`, see);
    }
    values.set(name, [...before, value ?? '']);
  }
  return { values, positionals };
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
