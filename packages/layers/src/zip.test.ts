import { crc32, deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { defaultZipLimits, type RandomAccess, readZipDirectory, readZipEntry, type ZipLimits } from './zip.ts';

interface Member {
  readonly name: string;
  readonly text?: string;
  readonly bytes?: Uint8Array;
  readonly method?: 0 | 8 | 12;
  readonly flags?: number;
  /** What the directory says instead of the truth. */
  readonly says?: { readonly size?: number; readonly crc?: number; readonly offset?: number };
}
interface Shape {
  readonly comment?: string;
  readonly prefix?: string;
  readonly zip64?: boolean;
}

function makeZip(members: readonly Member[], { comment = '', prefix = '', zip64 = false }: Shape = {}): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const { local, central } = makeMember(member, offset, zip64);
    locals.push(local);
    centrals.push(central);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(zip64 ? 0xffff : members.length, 8);
  end.writeUInt16LE(zip64 ? 0xffff : members.length, 10);
  end.writeUInt32LE(zip64 ? 0xffffffff : directory.length, 12);
  end.writeUInt32LE(zip64 ? 0xffffffff : offset, 16);
  end.writeUInt16LE(comment.length, 20);
  const large = zip64 ? [makeEnd64(members.length, directory.length, offset)] : [];
  return Buffer.concat([Buffer.from(prefix), ...locals, directory, ...large, end, Buffer.from(comment)]);
}

function makeEnd64(count: number, bytes: number, offset: number): Buffer {
  const record = Buffer.alloc(76);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(BigInt(count), 24);
  record.writeBigUInt64LE(BigInt(count), 32);
  record.writeBigUInt64LE(BigInt(bytes), 40);
  record.writeBigUInt64LE(BigInt(offset), 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(BigInt(offset + bytes), 64);
  record.writeUInt32LE(1, 72);
  return record;
}

function makeMember(
  { name, text = '', bytes = Buffer.from(text), method = 8, flags = 0, says = {} }: Member,
  at: number,
  zip64: boolean,
) {
  const data = method === 8 ? deflateRawSync(bytes) : bytes;
  const title = Buffer.from(name);
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(method, 8);
  local.writeUInt16LE(title.length, 26);
  const [size, offset] = [says.size ?? bytes.length, says.offset ?? at];
  const extra = Buffer.alloc(zip64 ? 28 : 0);
  if (zip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    for (const [index, value] of [size, data.length, offset].entries())
      extra.writeBigUInt64LE(BigInt(value), 4 + index * 8);
  }
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(flags, 8);
  central.writeUInt16LE(method, 10);
  central.writeUInt32LE(says.crc ?? crc32(bytes), 16);
  central.writeUInt32LE(zip64 ? 0xffffffff : data.length, 20);
  central.writeUInt32LE(zip64 ? 0xffffffff : size, 24);
  central.writeUInt16LE(title.length, 28);
  central.writeUInt16LE(extra.length, 30);
  central.writeUInt32LE(zip64 ? 0xffffffff : offset, 42);
  return { local: Buffer.concat([local, title, data]), central: Buffer.concat([central, title, extra]) };
}

function over(bytes: Uint8Array): RandomAccess {
  return { size: bytes.length, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

async function readAll(bytes: Uint8Array, limits: Partial<ZipLimits> = {}): Promise<Record<string, string>> {
  const source = over(bytes);
  const all = { ...defaultZipLimits, ...limits };
  const files: Record<string, string> = {};
  for (const entry of await readZipDirectory(source, all)) {
    files[entry.name] = Buffer.from(await readZipEntry(source, entry, all)).toString();
  }
  return files;
}

const two: Member[] = [
  { name: 'a.json', text: '{"a":1}' },
  { name: 'ü/b.txt', text: 'x'.repeat(5000), method: 0 },
];
const bothFiles = { 'a.json': '{"a":1}', 'ü/b.txt': 'x'.repeat(5000) };

test.each<[string, Shape]>([
  ['a plain archive', {}],
  ['an archive with a comment', { comment: 'made by hand' }],
  ['a comment that holds the end signature', { comment: 'PK\u0005\u0006'.padEnd(40, '\u0001') }],
  ['bytes before the archive', { prefix: '#!/bin/sh\nexec java -jar "$0"\n' }],
  ['zip64', { zip64: true }],
  ['zip64 behind other bytes', { zip64: true, prefix: 'stub' }],
])('%s is read', async (_, shape) => {
  expect(await readAll(makeZip(two, shape))).toEqual(bothFiles);
});

test('an empty archive has no entries', async () => {
  expect(await readAll(makeZip([]))).toEqual({});
});

test('a name that is not UTF-8 is still text', async () => {
  const zip = makeZip([{ name: 'n?.txt', text: 'hi' }]);
  for (let at = zip.indexOf('n?.txt'); at !== -1; at = zip.indexOf('n?.txt')) zip[at + 1] = 0xe9;
  expect(await readAll(zip)).toEqual({ 'né.txt': 'hi' });
});

test('a source that answers later is awaited', async () => {
  const zip = makeZip(two);
  const source: RandomAccess = {
    size: zip.length,
    read: async (offset, length) => zip.subarray(offset, offset + length),
  };
  const [first] = await readZipDirectory(source);
  expect(first && Buffer.from(await readZipEntry(source, first)).toString()).toBe('{"a":1}');
});

const bomb = { name: 'bomb', bytes: Buffer.alloc(4 * 1024 * 1024) };
test.each<[string, Buffer, RegExp, Partial<ZipLimits>?]>([
  ['nothing', Buffer.alloc(0), /no zip at all/],
  ['text', Buffer.from('no zip '.repeat(100)), /no zip at all/],
  ['a truncated archive', makeZip(two).subarray(0, -5), /cut off/],
  ['an archive without its first bytes', makeZip(two).subarray(30), /outside the archive|no header|overlaps/],
  ['an encrypted entry', makeZip([{ name: 'secret', text: 'x', flags: 1 }]), /"secret" is encrypted/],
  ['an unknown method', makeZip([{ name: 'odd', text: 'x', method: 12 }]), /"odd" is packed by method 12/],
  ['a wrong checksum', makeZip([{ name: 'bad', text: 'x', says: { crc: 7 } }]), /"bad" is damaged/],
  [
    'more bytes than said',
    makeZip([{ name: 'more', text: 'xyz', says: { size: 1 } }]),
    /"more" cannot be unpacked to its size/,
  ],
  ['fewer bytes than said', makeZip([{ name: 'less', text: 'xyz', says: { size: 9 } }]), /"less" has 3 bytes/],
  ['two stored sizes', makeZip([{ name: 's', text: 'xyz', method: 0, says: { size: 9 } }]), /two sizes differ/],
  [
    'one entry over another',
    makeZip([
      { name: 'x1', text: 'a' },
      { name: 'x2', text: 'a', says: { offset: 0 } },
    ]),
    /"x1" overlaps/,
  ],
  [
    'entries that reach into each other',
    makeZip([
      { name: 'x1', text: 'abcdef', method: 0 },
      { name: 'x2', text: 'a', says: { offset: 9 } },
    ]),
    /overlaps/,
  ],
  [
    'an entry behind the directory',
    makeZip([{ name: 'far', text: 'a', says: { offset: 900 } }]),
    /"far" reaches into the directory/,
  ],
  ['too many entries', makeZip(two), /entriesMax = 1/, { entriesMax: 1 }],
  ['a large directory', makeZip(two), /directoryBytesMax = 50/, { directoryBytesMax: 50 }],
  ['a large entry', makeZip(two), /"ü\/b.txt" has more than entryBytesMax = 4000/, { entryBytesMax: 4000 }],
  ['a bomb', makeZip([bomb]), /"bomb" unpacks to more than ratioMax = 200 times/],
])('%s is refused by name', async (_, bytes, message, limits = {}) => {
  await expect(readAll(bytes, limits)).rejects.toMatchObject({
    code: 'zip_malformed',
    message: expect.stringMatching(message),
  });
});

test('whatever byte is flipped, it reads the truth or refuses', async () => {
  const zip = makeZip(two, { comment: 'c' });
  for (let at = 0; at < zip.length; at += at < 60 || at > 5050 ? 1 : 97) {
    const copy = Buffer.from(zip);
    copy[at] = (copy[at] ?? 0) ^ 0x55;
    const files = await readAll(copy).catch((error: { code?: string }) => error.code);
    if (typeof files === 'string') expect(files).toBe('zip_malformed');
    else expect(Object.values(files ?? {})).toEqual(Object.values(bothFiles));
  }
});
