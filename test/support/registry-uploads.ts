import { documentsOf, type Image, sha256, types } from './layout.ts';

/** Puts into a registry what a careful tool would refuse to push. */
export interface Uploads {
  readonly host: string;
  readonly repository: string;
  /** `name:password`. */
  readonly user: string;
}

/** @returns the digest; null when the registry refuses it. */
export async function uploadBlob(to: Uploads, bytes: Uint8Array): Promise<string | null> {
  const begun = await call(to, 'POST', 'blobs/uploads/', new Uint8Array(), 'application/octet-stream');
  const place = new URL(begun.headers.get('location') ?? '', `http://${to.host}`);
  place.searchParams.set('digest', sha256(bytes));
  const put = await send(to, 'PUT', place, bytes, 'application/octet-stream');
  return put.ok ? sha256(bytes) : null;
}

/** @returns the digest; null when the registry refuses it. */
export async function uploadManifest(to: Uploads, bytes: Uint8Array, tag: string): Promise<string | null> {
  const answer = await call(to, 'PUT', `manifests/${tag}`, bytes, mediaTypeOf(bytes));
  return answer.ok ? sha256(bytes) : null;
}

/** The parts of an image, without its manifest; what its layout leaves out is left out. */
export async function uploadParts(to: Uploads, image: Image): Promise<void> {
  const { config } = documentsOf(image);
  await uploadBlob(to, config);
  for (const { stored, missing } of image.layers) if (!missing) await uploadBlob(to, stored);
}

function mediaTypeOf(manifest: Uint8Array): string {
  try {
    const { mediaType } = JSON.parse(Buffer.from(manifest).toString()) as { mediaType?: string };
    return mediaType ?? types.manifest;
  } catch {
    return types.manifest; // Whoever pushes what is no JSON says it is a manifest.
  }
}

function call(to: Uploads, method: string, path: string, body: Uint8Array, type: string): Promise<Response> {
  return send(to, method, new URL(`http://${to.host}/v2/${to.repository}/${path}`), body, type);
}

function send({ user }: Uploads, method: string, url: URL, body: Uint8Array, type: string): Promise<Response> {
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`;
  return fetch(url, { method, body: new Uint8Array(body), headers: { authorization, 'content-type': type } });
}
