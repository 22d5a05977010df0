import type { Evidence, Finding, Inventory, Package, ResolvedImage, Unmatched } from '@soupcon/model';
import { digestOf, problem } from '@soupcon/model';
import { buildLabel, type Label } from '../label.ts';

/** Labels for tests: made of the parts that matter, everything else at its plainest. */
export function somePackage(fields: Partial<Package> & Pick<Package, 'purl' | 'type' | 'name' | 'version'>): Package {
  return {
    namespace: null,
    architecture: null,
    source: null,
    context: { distro: null },
    licenses: [],
    locations: [],
    introducedIn: 0,
    foundBy: fields.type,
    aliases: [],
    ...fields,
  };
}

export function someFinding(fields: Partial<Finding> & Pick<Finding, 'id' | 'package'>): Finding {
  return {
    aliases: [],
    advisories: [fields.id],
    state: 'affected',
    fixedIn: null,
    fixState: 'not-fixed',
    severity: 'unknown',
    ratings: [],
    kev: false,
    epss: null,
    layer: 0,
    suppressed: null,
    evidence: [],
    summary: null,
    ...fields,
  };
}

function someEvidence(fields: Partial<Evidence>): Evidence {
  return {
    advisory: 'CVE-2024-0001',
    modified: '2026-01-02T03:04:05Z',
    ecosystem: 'Debian:12',
    name: 'openssl',
    version: '3.0.9-1',
    scheme: 'deb',
    range: { introduced: null, fixed: '3.0.13-1~deb12u1', lastAffected: null },
    undetermined: null,
    ...fields,
  };
}

export function someImage(fields: Partial<ResolvedImage> = {}): ResolvedImage {
  return {
    reference: 'registry.example/shop/web:1.4',
    digest: digestOf('manifest'),
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    platform: { os: 'linux', architecture: 'amd64' },
    created: '2026-03-04T05:06:07.123456789Z',
    size: 31_415_926,
    config: { platform: null, created: null, diffIds: null, history: [], user: null, env: [], labels: {} },
    layers: [],
    problems: [],
    ...fields,
  };
}

export function someInventory(fields: Partial<Inventory> = {}): Inventory {
  return {
    distro: null,
    completeness: { verdict: 'complete', executables: { files: 0, bytes: 0, explainedBytes: 0 }, reasons: [] },
    layers: [],
    packages: [],
    removed: [],
    problems: [],
    ...fields,
  };
}

const layers = [
  'ADD file:0123 in /',
  '/bin/sh -c apt-get install -y openssl',
  'COPY target/app.jar /app/ # buildkit',
].map((instruction, index) => ({
  index,
  digest: digestOf(`layer ${index}`),
  diffId: digestOf(`diff ${index}`),
  size: 1_000 + index,
  instruction: index === 0 ? `/bin/sh -c #(nop) ${instruction}` : instruction,
  packages: [2, 1, 2][index] ?? 0,
  base: index === 0,
}));

const purls = {
  libssl: 'pkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl',
  tar: 'pkg:deb/debian/tar@1.34%2Bdfsg-1.2?arch=amd64&distro=debian-12',
  log4j: 'pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1',
  core: 'pkg:npm/%40acme/core@1.0.0-weird',
};

const packages = [
  somePackage({
    purl: purls.libssl,
    type: 'deb',
    namespace: 'debian',
    name: 'libssl3',
    version: '3.0.9-1',
    architecture: 'amd64',
    source: { name: 'openssl', version: '3.0.9-1' },
    licenses: ['Apache-2.0'],
    locations: [{ path: 'var/lib/dpkg/status', layer: 1 }],
    introducedIn: 1,
    foundBy: 'dpkg',
    aliases: ['pkg:pypi/flask@2.2.2', 'pkg:pypi/click@8.0.0'],
  }),
  somePackage({
    purl: purls.tar,
    type: 'deb',
    namespace: 'debian',
    name: 'tar',
    version: '1.34+dfsg-1.2',
    architecture: 'amd64',
    licenses: ['GPL-3.0-or-later AND GPL-2.0-only', 'whatever the author liked'],
    locations: [{ path: 'var/lib/dpkg/status', layer: 1 }],
    foundBy: 'dpkg',
  }),
  somePackage({
    purl: purls.log4j,
    type: 'maven',
    namespace: 'org.apache.logging.log4j',
    name: 'log4j-core',
    version: '2.14.1',
    licenses: ['GPL-2.0-only WITH Classpath-exception-2.0 OR (MIT AND BSD-3-Clause)'],
    locations: [
      { path: 'app/lib/b.jar', layer: 2 },
      { path: 'app/lib/a.jar', layer: 2 },
    ],
    introducedIn: 2,
  }),
  somePackage({
    purl: purls.core,
    type: 'npm',
    namespace: '@acme',
    name: 'core',
    version: '1.0.0-weird',
    introducedIn: 2,
  }),
];

const findings = [
  someFinding({
    id: 'CVE-2024-0001',
    aliases: ['DSA-5000-1'],
    advisories: ['DEBIAN-CVE-2024-0001'],
    package: purls.libssl,
    fixedIn: '3.0.13-1~deb12u1',
    fixState: 'fixed',
    severity: 'high',
    ratings: [
      {
        source: 'NVD',
        method: 'CVSS_V3',
        severity: 'critical',
        score: 9.8,
        vector: 'CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H',
      },
      { source: 'Debian', method: 'urgency', severity: 'high', score: null, vector: null },
    ],
    layer: 1,
    epss: 0.5,
    evidence: [someEvidence({})],
    summary:
      'A use after free in the parsing of certificates lets a remote server crash the client or run code of its choice',
  }),
  someFinding({ id: 'CVE-2005-2541', package: purls.tar, severity: 'negligible', summary: 'Tar keeps setuid bits' }),
  someFinding({
    id: 'CVE-2021-44228',
    advisories: ['GHSA-jfh8-c2jp-5v3q'],
    package: purls.log4j,
    fixedIn: '2.15.0',
    fixState: 'fixed',
    severity: 'critical',
    kev: true,
    layer: 2,
    summary: 'Remote code injection in Log4j',
  }),
  someFinding({
    id: 'CVE-2021-45105',
    package: purls.log4j,
    fixedIn: '2.17.0',
    fixState: 'fixed',
    severity: 'medium',
    layer: 2,
    suppressed: { by: 'vex', id: 'vex-1', justification: 'vulnerable_code_not_in_execute_path', until: null },
  }),
  someFinding({
    id: 'GHSA-aaaa-bbbb-cccc',
    package: purls.core,
    state: 'undetermined',
    severity: 'medium',
    layer: 2,
    evidence: [someEvidence({ undetermined: 'the version `1.0.0-weird` cannot be compared' })],
  }),
];

/** An image with a bit of everything. */
export function fullLabel(): Label {
  return buildLabel({
    image: someImage(),
    inventory: someInventory({
      distro: {
        id: 'debian',
        idLike: [],
        versionId: '12',
        versionCodename: 'bookworm',
        prettyName: 'Debian GNU/Linux 12 (bookworm)',
        name: 'Debian GNU/Linux',
        cpeName: null,
        variantId: null,
        buildId: null,
        supportEnd: null,
      },
      completeness: {
        verdict: 'partial',
        executables: { files: 3, bytes: 1_000, explainedBytes: 996 },
        reasons: ['1 file that should be read was not: it is larger than the limit.'],
      },
      layers,
      packages,
      removed: [{ purl: 'pkg:deb/debian/curl@7.88.1-10', introducedIn: 0, removedIn: 1 }],
      problems: [
        problem('limit_file_bytes', { layer: 2, path: 'app/huge.jar' }),
        problem('path_invalid', { layer: 1, path: 'a' }),
        problem('path_invalid', { layer: 1, path: 'b' }),
      ],
    }),
    findings,
    advisories: { snapshot: '2026-11-20T00:00:00Z', records: 123_456, unmatched: [] },
  });
}

/** The same packages, nothing found, and of these so many not matched for each reason. */
export function partlyMatchedLabel(unmatched: readonly Unmatched[]): Label {
  return buildLabel({
    image: someImage(),
    inventory: someInventory({ packages }),
    findings: [],
    advisories: { snapshot: '2026-11-20T00:00:00Z', records: 123_456, unmatched },
  });
}

/** The same packages, but nobody looked whether anything is known against them. */
export function unmatchedLabel(): Label {
  const { packages: _, ...rest } = someInventory({ layers });
  return buildLabel({
    image: someImage({
      reference: 'dir:/srv/root',
      digest: null,
      mediaType: null,
      platform: null,
      created: null,
      size: null,
    }),
    inventory: { ...rest, packages },
    findings: [],
    advisories: null,
  });
}

export const hostileText = [
  '\u001b[31mred\u001b[0m \u001b]0;title\u0007',
  '\u009b2J\u0085next\r\nline\u2028 \u202Eright to left\u2066',
  'wide 漢字漢字 😀',
  'a\u0301\u0301\u0301\u0301 zero\u200Bwidth\uFEFF',
  '\uD800 "quoted" <xml> & \\ %41 #?@:/',
  'x'.repeat(5_000),
].join('|');

/** Every text that an image or an advisory may choose is as bad as it can be; two packages claim the same purl. */
export function hostileLabel(): Label {
  const purl = 'pkg:npm/a%1B@1';
  const one = somePackage({
    purl,
    type: 'npm',
    namespace: hostileText,
    name: hostileText,
    version: hostileText,
    licenses: ['MIT OR', 'GPL', '', hostileText],
    locations: [{ path: hostileText, layer: 0 }],
  });
  return buildLabel({
    image: someImage({
      reference: `r/${hostileText}`,
      created: 'yesterday',
      platform: { os: hostileText, architecture: '' },
    }),
    inventory: someInventory({
      distro: {
        id: hostileText,
        idLike: [],
        versionId: hostileText,
        versionCodename: null,
        prettyName: hostileText,
        name: null,
        cpeName: null,
        variantId: null,
        buildId: null,
        supportEnd: hostileText,
      },
      completeness: {
        verdict: 'unknown',
        executables: { files: 0, bytes: 0, explainedBytes: 0 },
        reasons: [hostileText],
      },
      layers: [
        { index: 0, digest: null, diffId: null, size: null, instruction: hostileText, packages: 2, base: false },
      ],
      packages: [
        one,
        { ...one, introducedIn: 0, name: 'b' },
        { ...one, purl: 'operating-system' },
        { ...one, purl: `${purl} (2)` },
      ],
      problems: [problem('path_invalid', { layer: 0, path: hostileText, more: hostileText })],
    }),
    findings: [
      someFinding({ id: hostileText, package: purl, fixedIn: hostileText, summary: hostileText, severity: 'critical' }),
      someFinding({ id: 'CVE-1', package: 'pkg:npm/not-in-the-label@1', summary: hostileText }),
      someFinding({
        id: 'CVE-2',
        package: purl,
        suppressed: { by: 'exception', id: hostileText, justification: hostileText, until: '2027-01-01' },
      }),
    ],
    advisories: { snapshot: '2026-11-20T00:00:00Z', records: 1, unmatched: [{ reason: hostileText, packages: 2 }] },
  });
}
