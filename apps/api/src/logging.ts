import { type DestinationStream, type Logger, pino } from 'pino';

/** One JSON line an event on standard error, or where `destination` says. */
export function createLogger(level: string, destination: DestinationStream = standardError()): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretPaths, censor: '[redacted]' },
    },
    destination,
  );
}

/** Lines of a tenth of a second, or 4 KiB, go together: a write for each costs a tenth of what a short request does. */
function standardError(): DestinationStream {
  return pino.destination({ dest: 2, sync: false, minLength: 4096, periodicFlush: 100 });
}

/** A second line of defence: what is logged is chosen field by field, and none of these is. */
const secretPaths = ['authorization', 'cookie', 'password', 'token', 'credentials', 'key', 'secret'];

/** The path of a request as it may be logged: without the token of a hook, and without what is asked for. */
export function loggedPath(url: string): string {
  const [path = ''] = url.split('?', 1);
  return path.replace(/^(\/hooks\/[^/]*\/[^/]*\/).*$/s, '$1[redacted]').slice(0, 500);
}
