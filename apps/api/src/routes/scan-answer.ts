import type { tenant } from '@soupcon/store';
import type { z } from 'zod';
import type { scan } from './schemas.ts';

/** A row of the ledger as it is answered. */
export function scanAnswer(row: tenant.scans.Scan): z.output<typeof scan> {
  const { reasonCode, reason, layersDone, layersTotal, bytesDone, bytesTotal, ...rest } = row;
  return {
    ...rest,
    reason: reasonCode === null && reason === null ? null : { code: reasonCode, text: reason },
    progress: { layersDone, layersTotal, bytesDone, bytesTotal },
  };
}
