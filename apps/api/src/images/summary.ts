import { type Severity, severities } from '@soupcon/model';
import { type TenantTx, tenant } from '@soupcon/store';
import { z } from 'zod';
import { instant } from '../routes/schemas.ts';

const counts = Object.fromEntries(severities.map((severity) => [severity, z.int()])) as Record<Severity, z.ZodInt>;

/** How many findings hold now, by severity. */
export const severityCounts = z.object(counts).meta({ id: 'SeverityCounts' });
export type SeverityCounts = z.output<typeof severityCounts>;

/** One platform's image. */
export const imageSummary = z
  .object({
    digest: z.string(),
    platform: z.string().nullable().describe('`os/architecture[/variant]`.'),
    created: z.string().nullable().describe('As the image says.'),
    sizeBytes: z.int().nullable().describe('As stored in the registry.'),
    verdict: z.enum(['complete', 'partial', 'unknown']).describe('How much of it could be understood.'),
    packages: z.int(),
    findings: severityCounts,
    indexedAt: instant,
  })
  .meta({ id: 'ImageSummary' });
export type ImageSummary = z.output<typeof imageSummary>;

/** Summaries of the images of each target, by its digest. */
export async function summaries(
  tx: TenantTx,
  targets: Iterable<tenant.images.Target>,
): Promise<Map<string, ImageSummary[]>> {
  const all = [...targets];
  const ids = [...new Set(all.flatMap(({ images }) => images.map(({ id }) => id)))];
  const found = new Map<number, SeverityCounts>(ids.map((id) => [id, none()]));
  for (const { imageId, severity, count } of await tenant.findings.counts(tx, ids)) {
    const of = found.get(imageId);
    if (of !== undefined) of[severity] = count;
  }
  const summary = ({ id, mediaType: _mediaType, ...image }: tenant.images.Image) => ({
    ...image,
    findings: found.get(id) ?? none(),
  });
  return new Map(all.map(({ digest, images }) => [digest, images.map(summary)]));
}

function none(): SeverityCounts {
  return { critical: 0, high: 0, medium: 0, low: 0, negligible: 0, unknown: 0 };
}
