/** Where a scan is. `skipped`: it is no image that can be scanned. `cancelled`: the repository was opted out. */
export const scanStates = ['waiting', 'queued', 'running', 'done', 'failed', 'skipped', 'cancelled'] as const;
export type ScanState = (typeof scanStates)[number];

/** What asked for a scan. */
export const scanCauses = ['push', 'manual', 'opt-in', 'reconcile'] as const;
export type ScanCause = (typeof scanCauses)[number];

/** How far a scan is; totals are null until they are known. */
export interface ScanProgress {
  readonly layersDone: number;
  readonly layersTotal: number | null;
  /** Stored bytes. */
  readonly bytesDone: number;
  readonly bytesTotal: number | null;
}
