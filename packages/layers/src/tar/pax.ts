/**
 * Records `LENGTH KEY=VALUE\n` of a pax extended header; LENGTH counts the whole record in bytes, itself included.
 * @returns null when a length is wrong or a record does not end where it says: everything behind it would be guesswork.
 * @see https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_03
 */
export function readPaxRecords(bytes: Uint8Array): Map<string, string> | null {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const records = new Map<string, string>();
  const runs: string[] = [];
  let at = 0;
  while (at < buffer.length) {
    const space = buffer.indexOf(0x20, at);
    if (space === -1 || space - at > 10) return null;
    const digits = buffer.toString('latin1', at, space);
    if (!/^[1-9][0-9]*$/.test(digits)) return null;
    const end = at + Number(digits);
    if (end > buffer.length || end <= space + 1 || buffer[end - 1] !== 0x0a) return null;
    const equals = buffer.indexOf(0x3d, space + 1);
    if (equals === -1 || equals >= end) return null;
    const key = buffer.toString('utf8', space + 1, equals);
    const value = buffer.toString('utf8', equals + 1, end - 1);
    // GNU's sparse format 0.0 repeats these two keys, in order; all others hold once, the last one counts.
    if (key === 'GNU.sparse.offset' || key === 'GNU.sparse.numbytes') runs.push(value);
    else records.set(key, value);
    at = end;
  }
  if (runs.length > 0) records.set('GNU.sparse.map', runs.join(','));
  return records;
}
