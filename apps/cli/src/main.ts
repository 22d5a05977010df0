import { AppError } from '@soupcon/model';
import { run } from './cli.ts';
import { processEnvironment } from './config.ts';
import { exitStatus } from './exit-status.ts';
import { createIo } from './io.ts';
import { isClosedPipe } from './output.ts';

const lingerMs = 2_000;
const words = process.argv.slice(2);
/** What serves others ends in order: requests are answered, scans given back, Postgres stopped. */
const isService = ['serve', 'api', 'worker', 'demo'].includes(words[0] ?? '');
const stopMs = isService ? 30_000 : 4_000;

const { stdin, stdout, stderr } = process;
const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Who asks a second time does not want to wait for an orderly end.
    if (abort.signal.aborted) die(signal);
    abort.abort(new AppError('aborted'));
    stdin.destroy(); // Who waits for more of it sees its end.
    setTimeout(() => die(signal), stopMs).unref();
  });
}
/** As if the signal were not caught: an exit would wait for a file that is being read, and a pipe may stay silent. */
function die(signal: NodeJS.Signals): void {
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}
// A closed reader is met where we write; here it only must not end the process with a stack trace.
for (const stream of [stdout, stderr]) {
  stream.on('error', (error) => {
    if (!isClosedPipe(error)) process.exitCode = exitStatus.notScanned;
  });
}

const io = createIo({
  stdin: stdin.setEncoding('utf8'),
  stdout,
  stdoutColumns: stdout.isTTY ? stdout.columns : null,
  stderr: { columns: stderr.isTTY ? stderr.columns : null, write: (text) => stderr.write(text) },
});

process.exitCode = await run(words, { io, signal: abort.signal, environment: processEnvironment });
// A socket or worker that was left open must not keep the process once its answer is out.
setTimeout(() => process.exit(), lingerMs).unref();
