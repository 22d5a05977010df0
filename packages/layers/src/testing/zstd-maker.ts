const blockBytesMax = 128 * 1024;

/**
 * A zstd frame of raw and run-length blocks, which needs no compressor.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1.1
 */
export function zstdFrame(bytes: Uint8Array, { windowLog = 17 }: { windowLog?: number } = {}): Buffer {
  const parts: Uint8Array[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, (windowLog - 10) << 3])];
  for (let at = 0; ; at += blockBytesMax) {
    const block = bytes.subarray(at, at + blockBytesMax);
    const last = at + blockBytesMax >= bytes.length;
    const isRun = block.length > 1 && block.every((byte) => byte === block[0]);
    const header = Buffer.alloc(3);
    header.writeUIntLE((block.length << 3) | (isRun ? 2 : 0) | (last ? 1 : 0), 0, 3);
    parts.push(header, isRun ? block.subarray(0, 1) : block);
    if (last) return Buffer.concat(parts);
  }
}
