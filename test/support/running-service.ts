import { randomBytes } from 'node:crypto';
import { Api, type Running, type StartOptions, startSoupcon, until } from './service.ts';
import { soupcon } from './soupcon.ts';

/** A process of the service that has said that it is ready. */
export interface Ready extends Running {
  /** Of the HTTP interface; empty where only a worker runs. */
  readonly address: string;
}

/** Starts `soupcon serve`, `api` or `worker` and waits until it is ready. @throws what it wrote, when it ends instead. */
export async function startReady(words: readonly string[], options: StartOptions, timeoutMs = 30_000): Promise<Ready> {
  const running = startSoupcon(words, options);
  const { child, output } = running;
  try {
    await until(
      `soupcon ${words.join(' ')} to be ready`,
      async () => {
        if (output().includes('service ready')) return true;
        return child.exitCode !== null || child.signalCode !== null ? false : undefined;
      },
      { timeoutMs, everyMs: 20, output },
    );
    if (!output().includes('service ready')) throw new Error(`soupcon ${words.join(' ')} ended: ${output()}`);
  } catch (error) {
    await running.kill();
    throw error;
  }
  const [, address = ''] = /listening at (http:\S+),/.exec(output()) ?? [];
  return { ...running, address };
}

/** The environment of a service on a database of its own that may reach registries on this machine. */
export function serviceEnvironment(databaseUrl: string, more: Readonly<Record<string, string>> = {}) {
  return {
    DATABASE_URL: databaseUrl,
    SOUPCON_SECRET_KEY: randomBytes(32).toString('base64'),
    SOUPCON_ALLOW_PRIVATE: '1',
    ...more,
  };
}

/** Makes a key at the shell, as an operator does. */
export async function createKey({ home, environment = {} }: StartOptions, ...more: string[]): Promise<string> {
  const { code, stdout, stderr } = await soupcon(['keys', 'create', ...more], { home, environment });
  if (code !== 0) throw new Error(`keys create ended with ${code}: ${stderr}`);
  return stdout.trim();
}

export interface Connected {
  readonly registry: { readonly id: string };
  readonly hook: { readonly url: string; readonly setup: string };
}

export interface Repository {
  readonly id: string;
  readonly name: string;
}

export interface ScanRow {
  readonly id: string;
  readonly state: string;
  readonly reason: { readonly code: string | null; readonly text: string | null } | null;
  readonly tag: string | null;
  readonly digest: string | null;
  readonly resolvedDigest: string | null;
  readonly attempts: number;
  readonly finishedAt: string | null;
}

const terminal = new Set(['done', 'failed', 'skipped', 'cancelled']);

/** What tests of the whole service ask of its HTTP interface. */
export class ServiceApi extends Api {
  async connect(host: string, credentials?: { username: string; password: string }): Promise<Connected> {
    const given = credentials === undefined ? {} : { credentials };
    return this.post('/v1/registries', { provider: 'distribution', name: host, host, insecure: true, ...given });
  }

  async optIn(registry: string, name: string, tags: readonly string[] = []): Promise<Repository> {
    const repository = await this.post<Repository>('/v1/repositories', { registry, name });
    await this.put(`/v1/repositories/${repository.id}/scanning`, { tags });
    return repository;
  }

  /** All scans of a repository. */
  async scans({ id }: Repository): Promise<ScanRow[]> {
    const rows: ScanRow[] = [];
    for (let after = ''; ; ) {
      const path = `/v1/scans?repository=${id}&limit=100${after}`;
      const { items, next } = await this.get<{ items: ScanRow[]; next: string | null }>(path);
      rows.push(...items);
      if (next === null) return rows;
      after = `&after=${encodeURIComponent(next)}`;
    }
  }

  /** Waits until a repository has so many scans, and all of them have ended. */
  async ended(repository: Repository, count: number, timeoutMs = 30_000): Promise<ScanRow[]> {
    let seen: ScanRow[] = [];
    return until(
      `${count} scans of ${repository.name} to end`,
      async () => {
        seen = await this.scans(repository);
        return seen.length >= count && seen.every(({ state }) => terminal.has(state)) ? seen : undefined;
      },
      {
        timeoutMs,
        output: () => JSON.stringify(seen.map(({ state, tag, digest, reason }) => [state, tag, digest, reason])),
      },
    );
  }
}
