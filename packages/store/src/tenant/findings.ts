import type { PackageFinding, Severity } from '@soupcon/model';
import type { TenantTx } from '../tx.ts';
import type { PageOf } from './page.ts';
import { queryPage } from './page.ts';

/** A flaw in a package of one image. */
export interface ImageFinding {
  readonly purl: string;
  /** Index of the layer that introduced the package. */
  readonly introducedIn: number;
  readonly finding: PackageFinding;
  /** RFC 3339. */
  readonly since: string;
  /** Null while it holds. */
  readonly until: string | null;
}

export interface FindingsPage {
  readonly imageId: number;
  /** RFC 3339: those that held then. Null is now. */
  readonly asOf: string | null;
  readonly limit: number;
  readonly after: { readonly purl: string; readonly flaw: string } | null;
}

/** By purl, then flaw. */
export async function page(tx: TenantTx, asked: FindingsPage): Promise<PageOf<ImageFinding>> {
  const { imageId, asOf, limit, after } = asked;
  const text = `select purl, introduced_in as "introducedIn", document as finding, since, until
    from tenant.image_findings
    where image_id = $1
      and case when $2::timestamptz is null then until is null
        else since <= $2 and (until is null or until > $2) end
      and ($3::text is null or (purl collate "C", flaw collate "C") > ($3, $4::text))
    order by purl collate "C", flaw collate "C" limit $5`;
  const values = [imageId, asOf, after?.purl ?? null, after?.flaw ?? null];
  return queryPage<ImageFinding & Record<string, unknown>>(tx, { text, values }, limit);
}

/** What holds now of one image, whole. */
export async function current(tx: TenantTx, imageId: number): Promise<ImageFinding[]> {
  return tx.query<ImageFinding & Record<string, unknown>>({
    text: `select purl, introduced_in as "introducedIn", document as finding, since, until
      from tenant.image_findings where image_id = $1 and until is null`,
    values: [imageId],
  });
}

/** How many hold now, by image and severity; what has none is not there. */
export async function counts(
  tx: TenantTx,
  imageIds: readonly number[],
): Promise<{ readonly imageId: number; readonly severity: Severity; readonly count: number }[]> {
  return tx.query({
    text: `select image_id as "imageId", severity, count(*)::int as count from tenant.image_findings
      where image_id = any($1) and until is null group by image_id, severity`,
    values: [imageIds],
  });
}
