/** Tar archives made byte by byte, so that tests can make wrong ones, too. */

export interface TarHeader {
  readonly path: string;
  readonly size?: number | Uint8Array;
  readonly type?: string;
  readonly link?: string;
  readonly mode?: number;
  /** Written over the finished block before the checksum is taken: [offset, bytes]. */
  readonly patch?: readonly (readonly [number, Uint8Array | string])[];
  readonly checksum?: number;
}

export function header({
  path,
  size = 0,
  type = '0',
  link = '',
  mode = 0o644,
  patch = [],
  checksum,
}: TarHeader): Buffer {
  const block = Buffer.alloc(512);
  block.write(path, 0, 100);
  block.write(`${mode.toString(8).padStart(7, '0')}\0`, 100);
  block.write('0000000\x000000000\0', 108);
  block.set(typeof size === 'number' ? Buffer.from(`${size.toString(8).padStart(11, '0')}\0`) : size, 124);
  block.write('00000000000\0', 136);
  block.write(type, 156, 'latin1');
  block.write(link, 157, 100);
  block.write('ustar\x0000', 257);
  for (const [offset, bytes] of patch) block.set(Buffer.from(bytes), offset);
  block.fill(0x20, 148, 156);
  const sum = checksum ?? block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

/** A header with its content, padded to whole blocks. Long paths and link targets get a pax header of their own. */
export function entry(fields: TarHeader, body: string | Uint8Array = ''): Buffer {
  const bytes = Buffer.from(body);
  const { path, link = '' } = fields;
  const records = {
    ...(Buffer.byteLength(path) > 100 ? { path } : {}),
    ...(Buffer.byteLength(link) > 100 ? { linkpath: link } : {}),
  };
  const padding = Buffer.alloc((512 - (bytes.length % 512)) % 512);
  const extended = Object.keys(records).length > 0 ? pax(records) : Buffer.alloc(0);
  return Buffer.concat([extended, header({ size: bytes.length, ...fields }), bytes, padding]);
}

export function file(path: string, body: string | Uint8Array = '', mode = 0o644): Buffer {
  return entry({ path, mode }, body);
}

export function directory(path: string): Buffer {
  return entry({ path: `${path}/`, type: '5', mode: 0o755 });
}

export function symlink(path: string, link: string): Buffer {
  return entry({ path, type: '2', link, mode: 0o777 });
}

/** `link` is a path from the root of the image. */
export function hardlink(path: string, link: string): Buffer {
  return entry({ path, type: '1', link });
}

/** Extended header records; of the entry behind them (`x`), or of all entries behind them (`g`). */
export function pax(records: Readonly<Record<string, string>>, type: 'x' | 'g' = 'x'): Buffer {
  const lines = Object.entries(records).map(([key, value]) => paxRecord(key, value));
  return entry({ path: 'PaxHeaders/0', type }, Buffer.concat(lines));
}

/** `length key=value`, where the length counts itself. */
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
