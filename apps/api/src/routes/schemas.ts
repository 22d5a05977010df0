import { scanCauses, scanStates } from '@soupcon/model';
import { z } from 'zod';

/** An instant as it is answered: RFC 3339 in UTC. */
export const instant = z.string().meta({ format: 'date-time' });
const [firstMs, lastMs] = [Date.parse('0001-01-01T00:00:00Z'), Date.parse('9999-12-31T23:59:59.999Z')];
/** An instant as it is given: RFC 3339, as far as the database takes it, in years, digits and offset. */
export const givenInstant = z.iso
  .datetime({ offset: true, abort: true })
  .max(40)
  .refine((text) => {
    const ms = Date.parse(text);
    return ms >= firstMs && ms <= lastMs && !/[+-](?:1[6-9]|2\d):\d\d$/.test(text);
  }, 'is not an instant of the years 1 to 9999 with an offset below 16 hours');
export const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'is not `sha256:` and 64 lowercase hex digits');
/** @see https://github.com/opencontainers/distribution-spec/blob/main/spec.md#pulling-manifests */
export const tagName = z.string().regex(/^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/, 'is not a tag');
export const idParams = z.object({ id: z.uuid() });

export const digestParams = z.object({ digest });
export const platformQuery = z.object({
  platform: z
    .string()
    .regex(/^[a-z0-9._-]+\/[a-z0-9._-]+(?:\/[a-z0-9._-]+)?$/i, 'is not `os/architecture[/variant]`')
    .optional()
    .describe('Of an index: `os/architecture[/variant]`.'),
});

/** A row of the ledger as it is answered. */
export const scan = z
  .object({
    id: z.uuid(),
    repository: z.uuid(),
    tag: z.string().nullable(),
    digest: z.string().nullable().describe('As asked for; `resolvedDigest` is what it was.'),
    cause: z.enum(scanCauses),
    state: z.enum(scanStates),
    reason: z.object({ code: z.string().nullable(), text: z.string().nullable() }).nullable(),
    priority: z.int(),
    attempts: z.int(),
    progress: z.object({
      layersDone: z.int(),
      layersTotal: z.int().nullable(),
      bytesDone: z.int(),
      bytesTotal: z.int().nullable(),
    }),
    resolvedDigest: z.string().nullable(),
    resolvedMediaType: z.string().nullable(),
    createdAt: instant,
    dueAt: instant,
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
  })
  .meta({ id: 'Scan' });

export const repository = z
  .object({
    id: z.uuid(),
    registry: z.uuid(),
    name: z.string().describe('Without the host of its registry.'),
    scanning: z.boolean().describe('Opted in: pushes to it are scanned.'),
    createdAt: instant,
  })
  .meta({ id: 'Repository' });
