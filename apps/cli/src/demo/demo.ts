import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger } from '@soupcon/api';
import type { Label } from '@soupcon/label';
import { renderTable } from '@soupcon/label/table';
import { silentLogger } from '@soupcon/model';
import { createNet } from '@soupcon/net';
import { exitStatus } from '../exit-status.ts';
import { writeText } from '../output.ts';
import type { ServerContext } from '../server/serve.ts';
import { toolVersion } from '../tool-version.ts';
import { pushAndWait } from './push-and-wait.ts';
import { type DemoCommand, type Props, repository, setTheStage } from './stage.ts';

const tableColumns = 100;

/**
 * The whole way once, on this machine alone: a registry that notifies, a push, a worker that reads what was pushed, and
 * the label over HTTP. Everything lies in a directory of its own, which is removed.
 */
export async function demo(command: DemoCommand, context: ServerContext): Promise<number> {
  const ending: (() => Promise<void>)[] = [];
  try {
    const directory = await mkdtemp(join(tmpdir(), 'soupcon-demo-'));
    ending.push(() => rm(directory, { recursive: true, force: true }));
    const net = createNet({ allowPrivate: true, userAgent: `soupcon-demo/${toolVersion}`, logger: silentLogger });
    ending.push(() => net.close());
    const logger = createLogger(context.environment['SOUPCON_LOG_LEVEL'] || 'warn');
    await play({ ...context, command, directory, logger, net, ending });
    return exitStatus.done;
  } finally {
    for (const end of ending.reverse()) await end();
  }
}

async function play(props: Props): Promise<void> {
  const { io, command, signal } = props;
  io.say('starting Postgres, the service and a registry');
  const stage = await setTheStage(props);
  const { label, digest } = await pushAndWait(props, stage);
  const columns = io.stdoutColumns;
  await writeText(io.stdout, renderTable(label, { width: columns ?? tableColumns, color: columns !== null }));
  await writeText(io.stdout, `\n${findingsLine(label)}\n${stage.advisoriesNote}\n`);
  await writeText(io.stdout, `look further at ${stage.address}/v1/images/${digest}/label and ${stage.address}/docs\n`);
  if (command.exit || columns === null) return;
  io.say(`it stays up until Ctrl-C: push to ${stage.registry.host}/${repository}, and ask with this key`);
  io.say(`Authorization: Bearer ${stage.key}`);
  if (!signal.aborted) await once(signal, 'abort');
}

function findingsLine({ findings, advisories }: Label): string {
  if (advisories === null) return 'findings: not matched, there are no advisories';
  const known = findings.filter(({ state }) => state === 'affected').length;
  const from = `held against ${advisories.records} advisories, the newest of ${advisories.snapshot.slice(0, 10)}`;
  return known === 0 ? `findings: none known, ${from}` : `findings: ${known}, ${from}`;
}
