import { normaliseName, type PackageIdentity } from '@soupcon/model';
import { sourceOf } from './debian.ts';
import type { Family, Row } from './family.ts';
import { isKernelHeaders } from './kernel.ts';

/**
 * Ubuntu: the source package against two streams, the archive's and that of Ubuntu Pro (`Ubuntu:Pro:...`).
 *
 * A version with `esm` in it came from Pro, so Pro is attached: what either stream calls fixed is fixed. Any other
 * version is judged by the archive's row, and by Pro's only where the archive has none. A fix that exists in Pro alone
 * leaves the package affected; it is told as fixed in Pro's version, because it is: the evidence names the Pro stream.
 * Streams that are neither (FIPS, real-time, cloud kernels) are other builds and are not compared.
 */
export const ubuntu: Family = {
  id: 'ubuntu',
  source: 'https://ubuntu.com/security/cves',
  handles: ({ type, context }) => type === 'deb' && context.distro?.id === 'ubuntu',
  unmatched: (pkg) => (releaseOf(pkg) === null ? 'it is not known which release of Ubuntu it is of' : null),
  queries(pkg) {
    const { name, version } = sourceOf(pkg);
    return [{ ecosystem: 'Ubuntu', name: normaliseName('Ubuntu', name), version }];
  },
  applies: (pkg, ecosystem) => streamOf(ecosystem)?.release === releaseOf(pkg),
  release: (pkg) => `Ubuntu ${releaseOf(pkg)}`,
  settle(_, rows) {
    const archive = rows.filter((row) => !isPro(row));
    const fromPro = rows.some(({ query }) => /[+~.]esm/.test(query.version));
    const saysFixed = (stream: readonly Row[]) => stream.length > 0 && stream.every(isFixed);
    if (fromPro && (saysFixed(archive) || saysFixed(rows.filter(isPro)))) return [];
    const decisive = fromPro || archive.length === 0 ? rows : archive;
    const against = decisive.filter(({ verdict }) => verdict.verdict !== 'unaffected');
    if (against.length === 0) return [];
    // The archive leaves it open: a fix in Pro is then the only one there is, and said so.
    const archiveFixes = against.some(({ verdict }) => verdict.verdict === 'affected' && verdict.range?.fixed != null);
    const proFixes = rows.filter(
      (row) => isPro(row) && row.verdict.verdict === 'affected' && row.verdict.range?.fixed != null,
    );
    return archiveFixes ? against : [...proFixes, ...against.filter((row) => !proFixes.includes(row))];
  },
  isKernelHeaders,
};

const isPro = ({ affected }: Row) => streamOf(affected.ecosystem)?.pro === true;
const isFixed = ({ verdict }: Row) => verdict.verdict === 'unaffected';

/** `Ubuntu:22.04:LTS`, `Ubuntu:23.10`, `Ubuntu:Pro:18.04:LTS`; null for any other stream. */
function streamOf(ecosystem: string): { readonly release: string; readonly pro: boolean } | null {
  const [, pro, release] = /^Ubuntu:(Pro:)?(\d+\.\d+)(?::LTS)?$/.exec(ecosystem) ?? [];
  return release === undefined ? null : { release, pro: pro !== undefined };
}

const codenames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    trusty: '14.04',
    xenial: '16.04',
    bionic: '18.04',
    focal: '20.04',
    jammy: '22.04',
    noble: '24.04',
  }),
);

function releaseOf({ context }: PackageIdentity): string | null {
  const { versionId = null, versionCodename = null } = context.distro ?? {};
  const release = /^\d+\.\d+/.exec(versionId ?? '')?.[0];
  return release ?? codenames.get(versionId ?? '') ?? codenames.get(versionCodename ?? '') ?? null;
}
