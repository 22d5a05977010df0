import { buildLabel, type Label } from '@soupcon/label';
import { advisoryKeys, unmatchedPackages } from '@soupcon/matcher';
import { AppError, type Finding, type Package } from '@soupcon/model';
import { type TenantTx, tenant } from '@soupcon/store';

type LabelAdvisories = NonNullable<Label['advisories']>;

/**
 * The label of an image from what is stored: the same document that a scan of it by this command line gives with the
 * same advisories.
 * @param asked the digest by which it was asked for: the image's own, or that of an index.
 */
export async function labelOf(tx: TenantTx, image: tenant.images.Image, asked: string): Promise<Label> {
  const { resolved, inventory } = await contentsOf(tx, image);
  const rows = await tenant.findings.current(tx, image.id);
  return buildLabel({
    image: { ...resolved, reference: await referenceOf(tx, asked) },
    inventory,
    findings: rows.map(findingOf),
    advisories: advisoriesOf(inventory.packages, await tenant.feeds.list(tx)),
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

/** As the command line says it: what the feeds of the packages' ecosystems say; of all, where there is no such package. */
function advisoriesOf(packages: readonly Package[], feeds: readonly tenant.feeds.Feed[]): LabelAdvisories | null {
  if (feeds.length === 0) return null;
  const wanted = new Set(packages.flatMap((one) => advisoryKeys(one).map(({ ecosystem }) => ecosystem)));
  const asked = feeds.filter(({ ecosystem }) => wanted.has(ecosystem));
  const newest = (asked.length > 0 ? asked : feeds).map((feed) => feed.newest).sort();
  const ecosystems = (base: string) =>
    new Set(asked.filter(({ ecosystem }) => ecosystem === base).flatMap((feed) => feed.ecosystems));
  return {
    snapshot: newest.at(-1) ?? '1970-01-01T00:00:00Z',
    records: asked.reduce((sum, { records }) => sum + records, 0),
    unmatched: unmatchedPackages(packages, { ecosystems }),
  };
}
