import { setTimeout as sleep } from 'node:timers/promises';
import type { Secret } from '@soupcon/model';
import { Client } from 'pg';
import { database, superuser } from './cluster.ts';
import { isServerOf } from './postmaster-pid.ts';

interface Address {
  readonly pid: number;
  readonly port: number;
  readonly password: Secret;
  readonly cluster: string;
}

/** How long a server that does not answer is asked; one that says that it is recovering, far longer. */
const silentMsMax = 2_000;
const recoveringMsMax = 120_000;
const cannotConnectNow = '57P03';

/** Whether what listens on the port takes our password and serves this cluster. */
export async function answers(address: Address): Promise<boolean> {
  const startedAt = performance.now();
  while (isServerOf(address.cluster, address.pid)) {
    const answer = await ask(address);
    if (typeof answer === 'boolean') return answer;
    const passed = performance.now() - startedAt;
    if (passed > (answer === cannotConnectNow ? recoveringMsMax : silentMsMax)) return false;
    await sleep(20);
  }
  return false;
}

/** @returns the code of the error when it cannot be asked. */
async function ask({ port, password, cluster }: Address): Promise<boolean | string> {
  const client = new Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    database,
    password: password.reveal(),
    connectionTimeoutMillis: silentMsMax,
    ssl: false,
  });
  client.on('error', () => {}); // A connection that breaks fails the query, too.
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`);
    return rows[0]?.directory === cluster;
  } catch (error) {
    return (error as { code?: string }).code ?? 'unknown';
  } finally {
    await client.end();
  }
}
