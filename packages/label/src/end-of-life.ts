import type { Distro } from '@soupcon/model';

/**
 * Last day of the security updates that everybody gets, by os-release id and branch: Debian's with LTS, which is free,
 * the others' without the support that is sold. Dates are those the distributions publish, as of 2026.
 * @see https://wiki.debian.org/LTS
 * @see https://ubuntu.com/about/release-cycle
 * @see https://alpinelinux.org/releases/
 * @see https://access.redhat.com/support/policy/updates/errata
 */
const lastDays: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  debian: {
    8: '2020-06-30',
    9: '2022-07-01',
    10: '2024-06-30',
    11: '2026-08-31',
    12: '2028-06-30',
    13: '2030-06-30',
  },
  ubuntu: {
    '14.04': '2019-04-30',
    '16.04': '2021-04-30',
    '18.04': '2023-05-31',
    '20.04': '2025-05-31',
    '21.10': '2022-07-14',
    '22.04': '2027-04-01',
    '22.10': '2023-07-20',
    '23.04': '2024-01-25',
    '23.10': '2024-07-12',
    '24.04': '2029-05-31',
    '24.10': '2025-07-10',
    '25.04': '2026-01-17',
    '25.10': '2026-07-01',
    '26.04': '2031-04-30',
  },
  alpine: {
    '3.7': '2019-11-01',
    '3.8': '2020-05-01',
    '3.9': '2020-11-01',
    '3.10': '2021-05-01',
    '3.11': '2021-11-01',
    '3.12': '2022-05-01',
    '3.13': '2022-11-01',
    '3.14': '2023-05-01',
    '3.15': '2023-11-01',
    '3.16': '2024-05-23',
    '3.17': '2024-11-22',
    '3.18': '2025-05-09',
    '3.19': '2025-11-01',
    '3.20': '2026-04-01',
    '3.21': '2026-11-01',
    '3.22': '2027-05-01',
    '3.23': '2027-11-01',
    '3.24': '2028-06-01',
  },
  rhel: { 5: '2017-03-31', 6: '2020-11-30', 7: '2024-06-30', 8: '2029-05-31', 9: '2032-05-31', 10: '2035-05-31' },
  centos: { 5: '2017-03-31', 6: '2020-11-30', 7: '2024-06-30', 8: '2021-12-31' },
  'centos-stream': { 8: '2024-05-31', 9: '2027-05-31', 10: '2030-05-31' },
  rocky: { 8: '2029-05-31', 9: '2032-05-31', 10: '2035-05-31' },
  almalinux: { 8: '2029-05-31', 9: '2032-05-31', 10: '2035-05-31' },
  ol: { 6: '2021-03-31', 7: '2024-12-31', 8: '2029-07-31', 9: '2032-06-30' },
  fedora: {
    35: '2022-12-13',
    36: '2023-05-16',
    37: '2023-12-05',
    38: '2024-05-21',
    39: '2024-11-26',
    40: '2025-05-13',
    41: '2025-12-15',
    42: '2026-05-27',
    43: '2026-12-09',
    44: '2027-06-02',
  },
  'opensuse-leap': {
    '42.3': '2019-07-01',
    '15.0': '2019-12-03',
    '15.1': '2021-02-02',
    '15.2': '2022-01-04',
    '15.3': '2022-12-31',
    '15.4': '2023-12-07',
    '15.5': '2024-12-31',
    '15.6': '2026-04-30',
    '16.0': '2027-10-31',
  },
  sles: {
    '12.5': '2024-10-31',
    '15.3': '2022-12-31',
    '15.4': '2023-12-31',
    '15.5': '2024-12-31',
    '15.6': '2025-12-31',
    '15.7': '2031-07-31',
    '16.0': '2027-11-30',
  },
  amzn: { '2018.03': '2023-12-31', 2: '2026-06-30', 2023: '2029-06-30' },
  photon: { '1.0': '2022-02-28', '2.0': '2022-12-01', '3.0': '2025-10-02', '4.0': '2027-10-11' },
};

const branchIsMajor = new Set(['debian', 'rhel', 'centos', 'centos-stream', 'rocky', 'almalinux', 'ol', 'fedora']);

/**
 * `YYYY-MM-DD`: what the image itself says (SUPPORT_END), else the table's day of its release; null for a rolling
 * release and for what the table does not know, which is not a claim that it is supported.
 */
export function endOfLife({ id, versionId, name, prettyName, supportEnd }: Distro): string | null {
  if (supportEnd !== null) return supportEnd;
  if (versionId === null) return null;
  const stream = id === 'centos' && /stream/i.test(name ?? prettyName ?? '');
  const key = stream ? 'centos-stream' : id;
  const days = Object.hasOwn(lastDays, key) ? lastDays[key] : undefined;
  // `8.10` is a minor release of 8; `3.18.12` one of 3.18. Alpine's edge is versioned `3.21_alpha20240807`.
  const [major, minor] = /^\d+(?:\.\d+)*$/.test(versionId) ? versionId.split('.') : [];
  if (days === undefined || major === undefined) return null;
  const branch = branchIsMajor.has(key) || minor === undefined ? major : `${major}.${minor}`;
  return Object.hasOwn(days, branch) ? (days[branch] ?? null) : null;
}
