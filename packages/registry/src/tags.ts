import { AppError } from '@soupcon/model';
import type { Caller, Repository } from './call.ts';
import { isAbsent, isFields, parseJson } from './shape.ts';

/** Tags in the registry's order; `complete` is false when a limit ended the listing. */
export interface TagList {
  readonly tags: readonly string[];
  readonly complete: boolean;
}

const limits = { pageBytesMax: 4 * 1024 * 1024, pagesMax: 1000, tagsMax: 100_000, pageSize: 1000 } as const;

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags */
export async function listTags(
  call: Caller,
  repository: Repository,
  signal: AbortSignal | undefined,
): Promise<TagList> {
  const name = `${repository.registry}/${repository.repository}`;
  const tags = new Set<string>();
  const seen = new Set<string>();
  let path: string | null = `/v2/${repository.repository}/tags/list?n=${limits.pageSize}`;
  for (let pages = 0; path !== null && pages < limits.pagesMax && tags.size < limits.tagsMax; pages++) {
    seen.add(path);
    const response = await call(repository, {
      method: 'GET',
      path,
      headers: { accept: 'application/json' },
      bytesMax: limits.pageBytesMax,
      signal,
      name,
      missing: 'image_not_found',
    });
    const body = parseJson(await response.bytes());
    const { tags: page } = isFields(body) ? body : {};
    if (!isFields(body) || !(isAbsent(page) || Array.isArray(page))) {
      throw new AppError('registry_protocol', { subject: `${name}: its list of tags is none` });
    }
    for (const tag of isAbsent(page) ? [] : (page as unknown[])) if (typeof tag === 'string') tags.add(tag);
    path = nextPath(response.headers.all('link'), path);
    // A registry that leads in a circle has said all it will say.
    if (path !== null && seen.has(path)) path = null;
  }
  return { tags: [...tags], complete: path === null };
}

/** Path and query of the next page. A host named there is not followed: credentials stay with their registry. */
function nextPath(links: readonly string[], current: string): string | null {
  for (const link of links) {
    const [, target] = /<([^>]*)>\s*;[^<]*\brel="?next"?/i.exec(link) ?? [];
    if (target === undefined || !URL.canParse(target, `https://registry.invalid${current}`)) continue;
    const { pathname, search } = new URL(target, `https://registry.invalid${current}`);
    return pathname + search;
  }
  return null;
}
