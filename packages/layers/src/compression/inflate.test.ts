import { randomBytes } from 'node:crypto';
import { createInflateRaw, deflateRawSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type Give, type Inflater, inflatingByStream, openInflater } from './inflate.ts';

const text = Buffer.from('what is packed is unpacked '.repeat(40_000));
const noise = randomBytes(700_000);

/** Unpacks `bytes` in pieces of `step`; says what came out and what was left of the last piece. */
async function inflate(open: (give: Give) => Inflater, bytes: Uint8Array, step: number) {
  const parts: Buffer[] = [];
  const inflater = open((piece) => parts.push(Buffer.from(piece)));
  try {
    for (let at = 0; at < bytes.length; at += step) await inflater.write(bytes.subarray(at, at + step));
    return { unpacked: Buffer.concat(parts), left: inflater.left() };
  } finally {
    inflater.close();
    inflater.close();
  }
}

describe.each([
  ['in the calling thread', openInflater],
  ['by a stream', (give: Give) => inflatingByStream(createInflateRaw(), give)],
] as const)('inflating %s', (_, open) => {
  test.each([97, 1000, 256 * 1024, 10_000_000])('gives all of it, in pieces of %d bytes', async (step) => {
    for (const content of [text, noise, text.subarray(0, 256 * 1024), Buffer.alloc(0)]) {
      const { unpacked, left } = await inflate(open, deflateRawSync(content), step * (content.length > 1000 ? 1 : 100));
      expect(unpacked.equals(content)).toBe(true);
      expect(left).toBe(0);
    }
  });

  test.each([200, 10_000_000])('says how much lies behind the end, in pieces of %d bytes', async (step) => {
    const packed = deflateRawSync(text);
    const { unpacked, left } = await inflate(open, Buffer.concat([packed, Buffer.from('trailer')]), step);
    expect(unpacked.equals(text)).toBe(true);
    expect(left).toBe(7);
  });

  test("fails where the data is damaged, with zlib's own code", async () => {
    const damaged = deflateRawSync(noise);
    damaged[0] = 0x07;
    await expect(inflate(open, damaged, 1000)).rejects.toMatchObject({ code: 'Z_DATA_ERROR' });
  });

  test('ends when its taker throws', async () => {
    const enough = new RangeError('enough');
    const inflater = open(() => {
      throw enough;
    });
    await expect((async () => inflater.write(deflateRawSync(text)))()).rejects.toBe(enough);
    inflater.close();
  });
});
