import { randomUUID } from 'node:crypto';
import type { QueryResultRow } from 'pg';
import { migrate, schemaHash } from '../../../migrate.ts';
import { openStore, type Store } from '../../../open.ts';
import { testDatabase } from '../../../testing/test-database.ts';

/** Test support: organizations with repositories and scans, and what the ledger says of them. */
export interface BenchRepository {
  readonly organizationId: string;
  readonly repositoryId: string;
}

export interface BenchScan {
  readonly tag?: string | null;
  readonly digest?: string | null;
  readonly priority?: number;
  readonly dueInMs?: number;
}

export interface LedgerRow {
  readonly id: string;
  readonly organization_id: string;
  readonly state: string;
  readonly reason_code: string | null;
  readonly reason: string | null;
  readonly priority: number;
  readonly attempts: number;
  readonly handed_out: number;
  readonly due_in_ms: number;
  readonly lease_in_ms: number | null;
  readonly layers_done: number;
  readonly resolved_digest: string | null;
  readonly finished_at: string | null;
}

export class LedgerBench {
  /** The owner's connection to a migrated database of this bench alone. */
  readonly url: string;
  readonly store: Store;
  readonly #drop: () => Promise<void>;
  #digests = 0;

  static async open(): Promise<LedgerBench> {
    const { url, drop } = await testDatabase({ template: await schemaHash(), migrate });
    return new LedgerBench(url, drop);
  }

  constructor(url: string, drop: () => Promise<void>) {
    this.url = url;
    this.store = openStore({ url });
    this.#drop = drop;
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.#drop();
  }

  /** An organization with a repository that is opted in. */
  async repository(organizationId: string = randomUUID()): Promise<BenchRepository> {
    const [row] = await this.query<{ id: string }>(
      organizationId,
      `with o as (insert into tenant.organizations (id, name) values ($1, 'bench') on conflict do nothing),
        r as (insert into tenant.registries (organization_id, provider, name, host, hook_token_hash)
          values ($1, 'distribution', 'bench', 'registry.invalid', sha256('bench')) returning id)
      insert into tenant.repositories (organization_id, registry_id, name, scanning)
      select $1, id, gen_random_uuid()::text, true from r returning id`,
      [organizationId],
    );
    return { organizationId, repositoryId: row?.id ?? '' };
  }

  /** Scans that wait, of digests of their own unless they say otherwise, in the order they are due; says so as hooks do. */
  async scans({ organizationId, repositoryId }: BenchRepository, scans: readonly BenchScan[]): Promise<string[]> {
    const values = scans.map(({ tag = null, digest, priority = 0, dueInMs = 0 }, index) => {
      this.#digests += 1;
      return { tag, digest: digest === undefined ? `sha256:${this.#digests}` : digest, priority, dueInMs, index };
    });
    const rows = await this.query<{ id: string }>(
      organizationId,
      `with made as (insert into tenant.scans (organization_id, repository_id, tag, digest, cause, priority, due_at)
        select $1, $2, tag, digest, 'push', priority, now() + "dueInMs" * interval '1 ms' + index * interval '1 us'
          - interval '1 s' * ("dueInMs" = 0)::int
        from jsonb_to_recordset($3) as v (tag text, digest text, priority int, "dueInMs" float8, index int)
        order by index returning id, due_at)
      select id from made, pg_notify('soupcon_scans', '') order by due_at`,
      [organizationId, repositoryId, JSON.stringify(values)],
    );
    return rows.map(({ id }) => id);
  }

  async optOut({ organizationId, repositoryId }: BenchRepository): Promise<void> {
    const text = 'update tenant.repositories set scanning = false where id = $1';
    await this.query(organizationId, text, [repositoryId]);
  }

  /** Changes a row behind the ledger's back: `set` is SQL. */
  async change(scanId: string, set: string): Promise<void> {
    const { organization_id } = await this.row(scanId);
    await this.query(organization_id, `update tenant.scans set ${set} where id = $1`, [scanId]);
  }

  /** Hands scans out without asking the ledger. */
  async queue({ organizationId }: BenchRepository, scanIds: readonly string[]): Promise<void> {
    const text = `update tenant.scans set state = 'queued', handed_out = 1, queued_at = now() where id = any($1)`;
    await this.query(organizationId, text, [scanIds]);
  }

  /** Ends whatever is open, so that the next test begins with an empty ledger. */
  async endAll(): Promise<void> {
    const text = `update tenant.scans set state = 'done', finished_at = now(), lease_owner = null where finished_at is null`;
    await this.store.asSystem((tx) => tx.query({ name: 'bench.endAll', text }));
  }

  async rows(): Promise<LedgerRow[]> {
    return this.store.asSystem((tx) => tx.query<LedgerRow>({ name: 'bench.rows', text: rowsText }));
  }

  async row(scanId: string): Promise<LedgerRow> {
    const row = (await this.rows()).find(({ id }) => id === scanId);
    if (row === undefined) throw new TypeError(`no scan ${scanId}`);
    return row;
  }

  /** How many scans are in each state. */
  async states(): Promise<Record<string, number>> {
    const count: Record<string, number> = {};
    for (const { state } of await this.rows()) count[state] = (count[state] ?? 0) + 1;
    return count;
  }

  query<Row extends QueryResultRow>(organizationId: string, text: string, values: readonly unknown[]): Promise<Row[]> {
    return this.store.asTenant(organizationId, (tx) => tx.query<Row>({ text, values }));
  }
}

const rowsText = `
  select id, organization_id, state, reason_code, reason, priority, attempts, handed_out, layers_done, resolved_digest, finished_at,
    (extract(epoch from due_at - now()) * 1000)::float8 as due_in_ms,
    (extract(epoch from lease_until - now()) * 1000)::float8 as lease_in_ms
  from tenant.scans order by created_at, due_at, id`;
