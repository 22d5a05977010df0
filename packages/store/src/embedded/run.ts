import type { ChildProcess } from 'node:child_process';
import { sendSignal } from './processes.ts';

export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How a program ended, and the last of what it printed. */
export interface Finished extends Ending {
  readonly output: string;
}

const outputCharactersMax = 8_000;

/** Rejects only when the program cannot be started; ends it and all it started when `signal` or the time says so. */
export function collect(child: ChildProcess, timeoutMs: number, signal?: AbortSignal): Promise<Finished> {
  return new Promise((resolve, reject) => {
    let output = '';
    const take = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-outputCharactersMax);
    };
    const end = () => {
      if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL'); // It leads a group of its own.
    };
    const timer = setTimeout(end, timeoutMs);
    const tidy = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
    };
    signal?.addEventListener('abort', end, { once: true });
    child.stdout?.on('data', take);
    child.stderr?.on('data', take);
    child.on('error', (error) => {
      tidy();
      reject(error);
    });
    child.on('close', (code, signalName) => {
      tidy();
      resolve({ code, signal: signalName, output: output.trim() });
    });
  });
}

export function endingText({ code, signal }: Ending): string {
  return signal === null ? `status ${code ?? 'unknown'}` : signal;
}
