/** What this program calls itself begins with this, so that others, and it itself in a log, can tell it. */
const prefix = 'soupcon/';

export const defaultUserAgent = `${prefix}0`;

/** Whether a client's name, as a server kept it, is this program's. Anybody may use it: never a reason to trust. */
export function isOwnUserAgent(text: string): boolean {
  return text.startsWith(prefix);
}
