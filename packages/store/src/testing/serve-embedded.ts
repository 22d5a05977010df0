import { readBinaries } from '../embedded/binaries.ts';
import { thisHost } from '../embedded/host.ts';
import { startOn } from '../embedded/start.ts';
import type { ElsewhereOptions } from './embedded-samples.ts';

/** A process that serves a data directory until its input ends; says in one line how that went. */
const messages: string[] = [];
const take = (_fields: unknown, message: string) => void messages.push(message);
const logger = { debug: take, info: take, warn: take, error: take };
const { directory, attach, binaries } = JSON.parse(process.argv[2] ?? '') as ElsewhereOptions & { directory: string };

const say = (answer: unknown) => process.stdout.write(`${JSON.stringify(answer)}\n`);
const host = binaries === undefined ? thisHost : { ...thisHost, findBinaries: () => readBinaries(binaries) };
const options = { directory, logger, settings: { fsync: 'off' }, ...(attach === undefined ? {} : { attach }) };
try {
  const postgres = await startOn(host, options);
  say({ url: postgres.url, port: postgres.port, attached: postgres.attached, messages, error: null });
  process.stdin.resume().once('end', () => void postgres.stop());
} catch (error) {
  say({ error: String(error), messages });
}
