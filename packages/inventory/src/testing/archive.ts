import tarStream from 'tar-stream';

/** A tar archive of files, in the order given. */
export async function layerArchive(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const pack = tarStream.pack();
  for (const [name, content] of Object.entries(files))
    pack.entry({ name, mtime: new Date(0) }, Buffer.from(content as string, 'latin1'));
  pack.finalize();
  const parts: Buffer[] = [];
  for await (const part of pack as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts);
}
