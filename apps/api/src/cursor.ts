import { z } from 'zod';
import { invalid } from './problem.ts';
import { givenInstant } from './routes/schemas.ts';

export const pageLimitMax = 1000;

/** `?limit=&after=`: how many, and behind which place. */
export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(pageLimitMax).default(100),
  after: z.string().max(2000).optional().describe('`next` of the page before.'),
});

/** A page of a list; `next` is null on the last one. */
export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** Where a page ended, as text that means nothing to its reader. */
export function encodeCursor(place: unknown): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws {AppError} `request_invalid` for what {@link encodeCursor} did not make for this list. */
export function decodeCursor<Schema extends z.ZodType>(
  text: string | undefined,
  place: Schema,
): z.output<Schema> | null {
  if (text === undefined) return null;
  const parsed = place.safeParse(jsonOf(Buffer.from(text, 'base64url').toString()));
  if (!parsed.success)
    throw invalid([{ field: 'querystring.after', message: 'is not the `next` of a page of this list' }]);
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Fits no schema.
  }
}

/** Lists in the order of time and id. */
export const timePlace = z.object({ at: givenInstant, id: z.uuid() });

/** The page of a list in the order of time that a request asks for. */
export function timePage({ limit, after }: z.output<typeof pageQuery>) {
  return { limit, after: decodeCursor(after, timePlace) };
}

export function timeAnswer<Row extends { readonly id: string; readonly createdAt: string }>({
  items,
  more,
}: {
  readonly items: readonly Row[];
  readonly more: boolean;
}) {
  const last = items.at(-1);
  const next = more && last !== undefined ? encodeCursor({ at: last.createdAt, id: last.id }) : null;
  return { items: [...items], next };
}
