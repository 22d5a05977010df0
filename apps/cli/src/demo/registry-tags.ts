import type { FastifyReply, FastifyRequest } from 'fastify';
import { refuse } from './registry-answers.ts';
import type { RegistryContent } from './registry-content.ts';

const pageMax = 1000;

/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-tags */
export function getTags(
  content: RegistryContent,
  repository: string,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  if (!content.has(repository)) return refuse(reply, 'NAME_UNKNOWN', { name: repository });
  const { n = `${pageMax}`, last } = request.query as Readonly<Record<string, string | undefined>>;
  const size = /^\d{1,6}$/.test(n) ? Math.min(pageMax, Number(n)) : pageMax;
  const all = content.tags(repository).filter((tag) => last === undefined || tag > last);
  const tags = all.slice(0, size);
  const end = tags.at(-1);
  if (tags.length < all.length && end !== undefined) {
    const next = new URLSearchParams({ n: `${size}`, last: end });
    void reply.header('link', `</v2/${repository}/tags/list?${next}>; rel="next"`);
  }
  return reply.type('application/json').send(JSON.stringify({ name: repository, tags }));
}
