import { AppError } from '@soupcon/model';
import { type TenantTx, tenant } from '@soupcon/store';

/** @throws {AppError} `not_found` when there is no such repository, `repository_not_scanned` when it is not opted in. */
export async function requestScan(tx: TenantTx, asked: tenant.scans.ScanRequest): Promise<tenant.scans.Scan> {
  const row = await tenant.scans.request(tx, asked);
  if (row !== null) return row;
  const subject = `repository ${asked.repositoryId}`;
  const repository = await tenant.repositories.find(tx, asked.repositoryId);
  throw new AppError(repository === null ? 'not_found' : 'repository_not_scanned', { subject });
}
