import { formatPurl } from '@soupcon/model';
import type { LabelImage } from './label.ts';

/** Sources that are not a registry: what they hold has no place to be pulled from, so no purl. */
const localSource = /^(?:oci|docker-archive|dir|sbom):/;

/**
 * `pkg:oci/<last segment>@<digest>?arch=&repository_url=&tag=` of an image from a registry; null for any other source.
 * @see https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md
 */
export function imagePurl({ reference, digest, platform }: LabelImage): string | null {
  if (digest === null || localSource.test(reference)) return null;
  const { repository, tag } = splitReference(reference);
  const name = repository.slice(repository.lastIndexOf('/') + 1).toLowerCase();
  if (name === '') return null;
  const arch = platform?.split('/')[1] ?? '';
  return formatPurl({
    type: 'oci',
    name,
    version: digest,
    qualifiers: { arch, repository_url: withRegistry(repository), tag: tag ?? '' },
  });
}

/** What the image is called without its tag and digest; a local source is called as it was written. */
export function imageName({ reference }: LabelImage): string {
  return localSource.test(reference) ? reference : splitReference(reference).repository;
}

function splitReference(reference: string): { repository: string; tag: string | null } {
  const [named = ''] = reference.split('@');
  const colon = named.lastIndexOf(':');
  // A colon before the last slash is a port's.
  if (colon <= named.lastIndexOf('/')) return { repository: named, tag: null };
  return { repository: named.slice(0, colon), tag: named.slice(colon + 1) };
}

/** A first segment without dot, port or capital is no host: the name is Docker Hub's, in `library` if it is single. */
function withRegistry(repository: string): string {
  const [first = '', ...rest] = repository.split('/');
  const host = rest.length > 0 && (/[.:A-Z]/.test(first) || first === 'localhost');
  if (host && first !== 'docker.io' && first !== 'index.docker.io') return repository;
  const path = host ? rest.join('/') : repository;
  return `docker.io/${path.includes('/') ? '' : 'library/'}${path}`;
}
