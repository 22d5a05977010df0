import { type ErrorCode, errorTable } from '@soupcon/model';

/** Why a scan ended so, or why its last attempt did not end. */
export interface Reason {
  readonly code: ErrorCode;
  /** A sentence for people. */
  readonly text: string;
}

export const optedOut = reasonOf('repository_not_scanned');
export const superseded = reasonOf('scan_superseded');
export const overdue = reasonOf('deadline_exceeded');
export const interrupted = reasonOf('scan_interrupted');

/** The reason that an error code gives, as the error's own message reads. */
function reasonOf(code: ErrorCode): Reason {
  return { code, text: `${errorTable[code].message}.` };
}
