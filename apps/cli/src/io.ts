import type { Writable } from 'node:stream';
import { printable } from '@soupcon/label';
import { AppError, type Logger, silentLogger } from '@soupcon/model';
import type { ProgressScreen } from './progress.ts';

/** What the command reads and writes; the process' own streams, or a test's. */
export interface Io {
  readonly stdin: AsyncIterable<string>;
  readonly stdout: Writable;
  /** Null when standard output is not a terminal. */
  readonly stdoutColumns: number | null;
  readonly stderr: ProgressScreen;
  /** One line on standard error, `soupcon: ...`, made harmless: what it names may come from an image. */
  say(text: string): void;
}

const messageLimit = { unitsMax: 4_000 };

export function createIo({ stdin, stdout, stdoutColumns, stderr }: Omit<Io, 'say'>): Io {
  return {
    stdin,
    stdout,
    stdoutColumns,
    stderr,
    say: (text) => stderr.write(`soupcon: ${printable(text, messageLimit)}\n`),
  };
}

/** Warnings of the packages, a line each; what they say at lower levels is for a server's log. */
export function createLogger(io: Io, { quiet }: { quiet: boolean }): Logger {
  const warn: Logger['warn'] = (fields, message) => {
    const facts = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
    if (!quiet) io.say(`warning: ${[message, ...facts].join(', ')}`);
  };
  return { ...silentLogger, warn, error: warn };
}

/** What went wrong and what can be done, a line each; the stack only where somebody looks for a fault of ours. */
export function sayError(error: unknown, io: Io, { debug }: { debug: boolean }): void {
  if (error instanceof AppError) {
    const remedy = error.detail['remedy'];
    io.say(error.code === 'usage' && error.subject !== null ? error.subject : error.message);
    io.stderr.write(`${printable(typeof remedy === 'string' ? remedy : error.remedy, messageLimit)}\n`);
  } else {
    io.say(`this should not have happened: ${error instanceof Error ? error.message : String(error)}`);
    io.stderr.write('It is a fault of this program: SOUPCON_DEBUG=1 shows where. Please report it.\n');
  }
  if (debug && error instanceof Error) io.stderr.write(`${error.stack ?? ''}\n`);
}
