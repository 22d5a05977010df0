import type { Descriptor } from '@soupcon/model';
import { isImageConfigType, layerKindOf } from './media-types.ts';
import { oneLine } from './shape.ts';

/** What registries hold beside images, by the media type of the configuration, else of the first layer. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^application\/vnd\.cncf\.helm\./, 'a Helm chart'],
  [/^application\/vnd\.dev\.cosign\.simplesigning/, 'a cosign signature'],
  [/^application\/vnd\.dev\.(cosign|sigstore)\./, 'a cosign attachment'],
  [/^application\/vnd\.cncf\.notary\./, 'a notation signature'],
  [/^application\/(vnd\.in-toto\+json|vnd\.dsse\.envelope)/, 'an attestation'],
  [/^application\/(vnd\.cyclonedx|vnd\.spdx|spdx)\+|^text\/spdx/, 'a bill of materials'],
  [/^application\/sarif\+json/, 'a scan report'],
  [/^application\/(vnd\.)?wasm/, 'a WebAssembly module'],
  [/^application\/vnd\.module\.wasm/, 'a WebAssembly module'],
  [/^application\/vnd\.docker\.plugin/, 'a docker plugin'],
  [/^application\/vnd\.docker\.(ai|compose)\b/, 'a docker artifact'],
  [/^application\/vnd\.buildkit\.cacheconfig/, 'a build cache'],
  [/^application\/vnd\.sylabs\.sif/, 'a Singularity image'],
  [/^application\/vnd\.cncf\.(flux|falco|openpolicyagent|kubearmor)\./, 'a policy or configuration bundle'],
  [/^application\/vnd\.(ollama|cncf\.model)\./, 'a machine-learning model'],
];

/**
 * Names what a manifest holds when it is not an image, with the media type that says so; null when it is one. An image
 * has an image configuration, and at least one of its layers is a file system: cosign's signatures have the former only.
 */
export function artifactIn({
  config,
  layers,
  artifactType,
}: {
  config: Descriptor;
  layers: readonly Descriptor[];
  artifactType: string | null;
}): string | null {
  if (isImageConfigType(config.mediaType)) {
    const isImage = layers.length === 0 || layers.some(({ mediaType }) => layerKindOf(mediaType) !== 'unknown');
    const odd = layers[0]?.mediaType;
    // Layers of a kind that is not known yet, or encrypted ones: an image, though one that cannot be read.
    if (isImage || odd === undefined || /^application\/vnd\.(oci\.image\.layer|docker\.image\.rootfs)\./.test(odd))
      return null;
    return named(odd, 'layers');
  }
  const [first] = layers;
  if (artifactType !== null) return named(artifactType, 'artifact type');
  const plain = /^application\/vnd\.(oci\.empty|unknown\.config)\./.test(config.mediaType);
  return plain && first !== undefined ? named(first.mediaType, 'layers') : named(config.mediaType, 'config');
}

function named(mediaType: string, where: string): string {
  const kind = kinds.find(([pattern]) => pattern.test(mediaType))?.[1] ?? 'an artifact of another kind';
  return `${kind} (${where} ${oneLine(mediaType, 120) || 'without a media type'})`;
}
