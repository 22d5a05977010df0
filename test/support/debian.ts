import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { executablePath, missingPrograms, run } from '@soupcon/registry/testing';
import { blobLayer, type Layer, sha256 } from './layout.ts';
import { archive, directory, file } from './tar.ts';

export interface DebianLayer {
  readonly layer: Layer;
  /** What it was made of, for the test's title. */
  readonly madeBy: string;
}

const bootstrapMsMax = 100_000;

/** Some 60 MB of Debian: by mmdebstrap where that and a mirror are there, else of the same size and shape. */
export async function makeDebian(place: string): Promise<DebianLayer> {
  const tar = join(place, 'debian.tar');
  if (missingPrograms(['mmdebstrap'], executablePath()).length > 0) {
    return { layer: await packed(likeDebian()), madeBy: 'the test itself (mmdebstrap is not on the PATH)' };
  }
  try {
    await run('mmdebstrap', ['--quiet', '--variant=minbase', 'bookworm', tar], { timeout: bootstrapMsMax });
    return { layer: await packed(await readFile(tar)), madeBy: 'mmdebstrap' };
  } catch {
    // No network, or no right to make one: the size and the shape are what matters here.
    return { layer: await packed(likeDebian()), madeBy: 'the test itself (mmdebstrap reached no mirror)' };
  } finally {
    await rm(tar, { force: true });
  }
}

async function packed(unpacked: Uint8Array): Promise<Layer> {
  const stored = await promisify(gzip)(unpacked, { level: 1 });
  return blobLayer(stored, sha256(unpacked), '/bin/sh -c #(nop) ADD file:debian in / ');
}

function likeDebian(): Buffer {
  const names = Array.from({ length: 100 }, (_, at) => `like-debian-${at}`);
  const stanzas = names.map((name) =>
    [
      `Package: ${name}`,
      'Status: install ok installed',
      'Architecture: amd64',
      'Maintainer: Nobody <nobody@example.org>',
      'Version: 1.0-1',
      'Description: one of a hundred',
      '',
    ].join('\n'),
  );
  return archive(
    ...['etc', 'usr', 'usr/lib', 'usr/share', 'var', 'var/lib', 'var/lib/dpkg', 'var/lib/dpkg/info'].map(directory),
    file('usr/lib/os-release', 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n'),
    file('var/lib/dpkg/status', stanzas.join('\n')),
    ...names.map((name) => file(`var/lib/dpkg/info/${name}.list`, `/usr/share/${name}\n`)),
    ...names.map((name) => file(`usr/share/${name}`, randomBytes(600_000))),
  );
}
