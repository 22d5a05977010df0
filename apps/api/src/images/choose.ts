import { AppError, formatPlatform, parsePlatform } from '@soupcon/model';
import { type TenantTx, tenant } from '@soupcon/store';

/** @throws {AppError} `not_found` for a digest that no repository of the organization has held. */
export async function targetOf(tx: TenantTx, digest: string): Promise<tenant.images.Target> {
  const target = (await tenant.images.targets(tx, [digest])).get(digest);
  if (target === undefined) throw new AppError('not_found', { subject: digest });
  return target;
}

/**
 * The image that a digest stands for. Of an index the platform that is asked for; else linux/amd64, else the first for
 * linux, else the first.
 * @throws {AppError} `platform_not_found` naming those there are; `platform_malformed`.
 */
export function chooseImage(target: tenant.images.Target, platform: string | null): tenant.images.Image {
  const { images, kind, digest } = target;
  const wanted = platform === null ? null : formatPlatform(parsePlatform(platform));
  const chosen = wanted === null ? preferred(images) : images.find((one) => isOf(one.platform, wanted));
  if (chosen !== undefined && (kind === 'index' || wanted === null || isOf(chosen.platform, wanted))) return chosen;
  const known = images.map((one) => one.platform ?? 'unknown').join(', ');
  throw new AppError('platform_not_found', { subject: `${wanted ?? digest}; scanned are: ${known || 'none'}` });
}

function preferred(images: readonly tenant.images.Image[]): tenant.images.Image | undefined {
  const first = (test: (platform: string) => boolean) => images.find(({ platform }) => test(platform ?? ''));
  return (
    first((platform) => isOf(platform, 'linux/amd64')) ??
    first((platform) => platform.startsWith('linux/')) ??
    images[0]
  );
}

/** A platform without a variant stands for any variant. */
function isOf(platform: string | null, wanted: string): boolean {
  return platform === wanted || platform?.startsWith(`${wanted}/`) === true;
}
