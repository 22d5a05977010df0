import type { ScanProgress } from '@soupcon/model';
import type { SystemTx } from '../../tx.ts';

/** How a scan ended. */
export interface ScanEnd {
  readonly state: 'done' | 'failed' | 'skipped' | 'cancelled';
  readonly reasonCode: string | null;
  readonly reason: string | null;
  readonly resolvedDigest: string | null;
  readonly resolvedMediaType: string | null;
  readonly progress: ScanProgress | null;
}

/** Extends the lease and notes the progress. `lost`: somebody else may have the scan, or it is over. */
export async function renew(
  tx: SystemTx,
  scanId: string,
  owner: string,
  leaseMs: number,
  progress: ScanProgress | null,
): Promise<'kept' | 'lost' | 'opted-out'> {
  const [row] = await tx.query<{ scanning: boolean }>({
    name: 'ledger.renew',
    text: `update tenant.scans s set lease_until = now() + $3 * interval '1 ms', ${progressSet(4)}
      from tenant.repositories r
      where s.id = $1 and s.lease_owner = $2 and s.state = 'running' and r.id = s.repository_id
      returning r.scanning`,
    values: [scanId, owner, leaseMs, ...progressValues(progress)],
  });
  if (row === undefined) return 'lost';
  return row.scanning ? 'kept' : 'opted-out';
}

/** Ends a scan. @returns false, and nothing is written, when the lease is not ours any more. */
export async function finish(tx: SystemTx, scanId: string, owner: string, end: ScanEnd): Promise<boolean> {
  const rows = await tx.query({
    name: 'ledger.finish',
    text: `update tenant.scans set state = $3, reason_code = $4, reason = $5, resolved_digest = $6,
        resolved_media_type = $7, lease_owner = null, lease_until = null, finished_at = now(), ${progressSet(8)}
      where id = $1 and lease_owner = $2 and state = 'running' returning id`,
    values: [
      scanId,
      owner,
      end.state,
      end.reasonCode,
      end.reason,
      end.resolvedDigest,
      end.resolvedMediaType,
      ...progressValues(end.progress),
    ],
  });
  return rows.length > 0;
}

function progressSet(first: number): string {
  return `layers_done = coalesce($${first}, layers_done), layers_total = coalesce($${first + 1}, layers_total),
    bytes_done = coalesce($${first + 2}, bytes_done), bytes_total = coalesce($${first + 3}, bytes_total)`;
}

function progressValues(progress: ScanProgress | null): (number | null)[] {
  if (progress === null) return [null, null, null, null];
  return [progress.layersDone, progress.layersTotal, progress.bytesDone, progress.bytesTotal];
}
