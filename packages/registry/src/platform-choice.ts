import type { Platform } from '@soupcon/model';

/**
 * The best of several platforms for the one that is wanted: system and architecture exactly, then the variant. Without
 * a variant wanted, the highest of 32-bit arm and the plainest of any other; with one, the same or the next lower, as
 * a host of it could run. On arm64 `v8` says nothing. Of equals the first wins.
 * @returns the index in `offered`, or null when none fits.
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md#platform-variants
 */
export function choosePlatform(offered: readonly Platform[], wanted: Platform): number | null {
  let best: { at: number; rank: number } | null = null;
  for (const [at, platform] of offered.entries()) {
    if (platform.os !== wanted.os || platform.architecture !== wanted.architecture) continue;
    const rank = variantRank(platform, wanted);
    if (rank !== null && (best === null || rank < best.rank)) best = { at, rank };
  }
  return best?.at ?? null;
}

/** 0 is best; null when a host that wants `wanted` could not run it. */
function variantRank(offered: Platform, wanted: Platform): number | null {
  const [have, want] = [plainVariant(offered), plainVariant(wanted)];
  const level = (variant: string) => (/^v\d{1,2}$/.test(variant) ? Number(variant.slice(1)) : null);
  if (want === '' && offered.architecture === 'arm') return 100 - (level(have) ?? 0);
  if (have === want) return 0;
  if (want === '') return 100 + (level(have) ?? 100);
  if (have === '') return 1000;
  const [haveLevel, wantLevel] = [level(have), level(want)];
  return haveLevel !== null && wantLevel !== null && haveLevel < wantLevel ? wantLevel - haveLevel : null;
}

function plainVariant({ architecture, variant = '' }: Platform): string {
  if (architecture === 'arm64' && variant === 'v8') return '';
  return architecture === 'amd64' && variant === 'v1' ? '' : variant;
}
