import { createNet } from '@soupcon/net';
import { advisoryStatus, type FeedReport, type ImportReport, importAdvisories } from '@soupcon/worker';
import { readConfig } from '../config.ts';
import { exitStatus } from '../exit-status.ts';
import { createLogger } from '../io.ts';
import { writeText } from '../output.ts';
import type { ServerCommand } from '../server-args.ts';
import { toolVersion } from '../tool-version.ts';
import type { ServerContext } from './serve.ts';
import { withStore } from './with-store.ts';

/** Where the public advisories of the OSV project are. */
export const publicBucket = 'https://osv-vulnerabilities.storage.googleapis.com';

type Bring = Extract<ServerCommand, { command: 'advisories import' | 'advisories sync' }>;

/**
 * Brings the store's advisories up to date and says, feed by feed, what that changed.
 * @returns done; not scanned when a feed could not be brought up to date.
 */
export async function bringAdvisories(command: Bring, context: ServerContext): Promise<number> {
  const { io, environment, signal } = context;
  const config = readConfig(environment);
  const place =
    command.command === 'advisories import' ? command.directory : (command.url ?? config.advisories ?? publicBucket);
  const logger = createLogger(io, { quiet: false });
  const net = createNet({
    allowPrivate: true, // A mirror may be anywhere that its operator says.
    ca: config.certificates,
    proxy: config.proxy,
    userAgent: `soupcon/${toolVersion}`,
    logger,
  });
  try {
    const report = await withStore(context, command.data, (store) =>
      importAdvisories(place, { store, net, logger, signal, acceptShrinking: command.force }),
    );
    await writeText(io.stdout, textOf(report));
    for (const { feed, error } of report.feeds) if (error !== null) io.say(`${feed}: ${error.message} ${error.remedy}`);
    return report.feeds.some(({ error }) => error !== null) ? exitStatus.notScanned : exitStatus.done;
  } finally {
    await net.close();
  }
}

function textOf({ place, feeds }: ImportReport): string {
  const changed = feeds.reduce((sum, { added, changed, dropped }) => sum + added + changed + dropped, 0);
  const opened = feeds.reduce((sum, one) => sum + one.opened, 0);
  const closed = feeds.reduce((sum, one) => sum + one.closed, 0);
  const lines = feeds.map(lineOf);
  return `${lines.join('\n')}\n${place}: ${changed} records differ; ${opened} findings opened, ${closed} closed\n`;
}

function lineOf({ feed, outcome, records, added, changed, dropped, refused }: FeedReport): string {
  if (outcome === 'failed') return `${feed}: not brought up to date`;
  const difference = outcome === 'unchanged' ? 'unchanged' : `${added} new, ${changed} changed, ${dropped} gone`;
  const examples = refused.examples.slice(0, 3).map(({ id, reason }) => `${id} (${reason})`);
  const left = refused.count === 0 ? '' : `; ${refused.count} could not be read, such as ${examples.join(', ')}`;
  return `${feed}: ${records} records, ${difference}${left}`;
}

/** A line for each feed: what it has, and as of when. */
export async function showAdvisories(
  { data }: Extract<ServerCommand, { command: 'advisories status' }>,
  context: ServerContext,
): Promise<number> {
  const feeds = await withStore(context, data, advisoryStatus);
  if (feeds.length === 0) {
    context.io.say('there are no advisories yet: `soupcon advisories sync` or `import DIR` brings them');
    return exitStatus.done;
  }
  const lines = feeds.map(
    ({ id, records, refused, newest, importedAt, place }) =>
      `${id}: ${records} records, newest of ${newest}, ${refused} not readable; from ${place}, ${importedAt}`,
  );
  await writeText(context.io.stdout, `${lines.join('\n')}\n`);
  return exitStatus.done;
}
