/** Tar archives made byte by byte, so that tests can make wrong ones, too. */

export interface RawHeader {
  readonly name: string | Uint8Array;
  readonly size?: number | Uint8Array;
  readonly type?: string;
  readonly linkName?: string;
  readonly mode?: number;
  readonly prefix?: string;
  /** `ustar\0` + `00` unless given. */
  readonly magic?: string;
  /** Written over the finished block before the checksum is taken: [offset, bytes]. */
  readonly patch?: readonly (readonly [number, Uint8Array | string])[];
  readonly checksum?: number;
}

export function rawHeader({ name, size = 0, type = '0', linkName = '', mode = 0o644, ...more }: RawHeader): Buffer {
  const block = Buffer.alloc(512);
  const put = (offset: number, bytes: Uint8Array | string) =>
    block.set(typeof bytes === 'string' ? Buffer.from(bytes) : bytes, offset);
  put(0, name);
  put(100, `${mode.toString(8).padStart(7, '0')}\0`);
  put(124, typeof size === 'number' ? `${size.toString(8).padStart(11, '0')}\0` : size);
  put(156, type);
  put(157, linkName);
  put(257, more.magic ?? 'ustar\x0000');
  if (more.prefix !== undefined) put(345, more.prefix);
  for (const [offset, bytes] of more.patch ?? []) put(offset, bytes);
  block.fill(0x20, 148, 156);
  const sum = more.checksum ?? block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

export function rawEntry(header: RawHeader, body: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(body);
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  return Buffer.concat([rawHeader({ size: bytes.length, ...header }), bytes, padding]);
}

export function paxEntry(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): Buffer {
  const text = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return rawEntry({ name: 'PaxHeaders/0', type }, Buffer.concat(text));
}

function paxRecord(key: string, value: string): Buffer {
  const body = Buffer.from(` ${key}=${value}\n`);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length)), body]);
}

export const endMark = Buffer.alloc(1024);

export function archive(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, endMark]);
}
