import { buildLabel, type Label } from '@soupcon/label';
import { coverageOf } from '@soupcon/matcher';
import { AppError, type Finding } from '@soupcon/model';
import { type TenantTx, tenant } from '@soupcon/store';

/**
 * The label of an image from what is stored: the same document that a scan of it by this command line gives with the
 * same advisories.
 * @param asked the digest by which it was asked for: the image's own, or that of an index.
 */
export async function labelOf(tx: TenantTx, image: tenant.images.Image, asked: string): Promise<Label> {
  const { resolved, inventory } = await contentsOf(tx, image);
  const rows = await tenant.findings.current(tx, image.id);
  const feeds = await tenant.feeds.list(tx);
  return buildLabel({
    image: { ...resolved, reference: await referenceOf(tx, asked) },
    inventory,
    findings: rows.map(findingOf),
    advisories: feeds.length === 0 ? null : coverageOf(inventory.packages, feeds),
  });
}

/** What is in an image, without what is known against it: the lists of the label. */
export async function contentsLabel(tx: TenantTx, image: tenant.images.Image): Promise<Label> {
  const { resolved, inventory } = await contentsOf(tx, image);
  return buildLabel({ image: { ...resolved, reference: image.digest }, inventory, findings: [], advisories: null });
}

async function contentsOf(tx: TenantTx, { id, digest }: tenant.images.Image) {
  const contents = await tenant.images.contents(tx, id);
  if (contents === null) throw new AppError('not_found', { subject: digest });
  return contents;
}

export function findingOf({ purl, introducedIn, finding }: tenant.findings.ImageFinding): Finding {
  return { ...finding, package: purl, layer: introducedIn, suppressed: null };
}

/** The newest tag that is this digest now, else the repository in which it was scanned last. */
async function referenceOf(tx: TenantTx, digest: string): Promise<string> {
  const [tagged] = await tenant.whereabouts.currentTags(tx, [digest]);
  if (tagged !== undefined) return `${tagged.host}/${tagged.name}:${tagged.tag}`;
  const seen = await tenant.whereabouts.lastSeen(tx, digest);
  if (seen === null) throw new AppError('not_found', { subject: digest });
  return `${seen.host}/${seen.name}@${digest}`;
}
