// Writes src/fixtures/<scheme>.txt again: node packages/versions/scripts/write-fixtures.mjs [SCHEME ...]
// The pairs are always the same; the judges are the ecosystems' own tools where they can be had. deb takes ten seconds.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import semver from 'semver';

const writers = { deb: writeDeb, apk: writeApk, semver: writeSemver, npm: writeNpm };

/** Numbers from 0 up to below `limit`, the same in every run: a linear congruence, good enough to vary test cases. */
function randomNumbers(seed) {
  let state = seed;
  return (limit) => {
    state = (state * 48271) % 2147483647;
    return Math.floor((state / 2147483647) * limit);
  };
}

const pick = (random, list) => list[random(list.length)];
const join = (random, pieces, from, to) =>
  Array.from({ length: from + random(to - from + 1) }, () => pick(random, pieces)).join('');

/**
 * Different pairs; the second of a pair is often the first with one piece changed or with other zeros, so that they
 * collide. No pair has blanks, or a text that begins with a hyphen, which a command would take for an option.
 */
function pairs(random, count, make, pieces) {
  const found = new Map();
  while (found.size < count) {
    const a = make();
    const at = random(a.length + 1);
    const changed = a.slice(0, at) + pick(random, pieces) + a.slice(at + random(3));
    const respelled = a.replace(/(?<![0-9])0*(?=[0-9])/g, () => '0'.repeat(random(2)));
    const b = pick(random, [make(), changed, changed, respelled]);
    if (!/^ |^-| -| $/.test(`${a} ${b}`)) found.set(`${a} ${b}`, [a, b]);
  }
  return [...found.values()];
}

function writeDeb() {
  const random = randomNumbers(101);
  const digits = '0 1 2 9 00 01 10 20240101 99999999999999999999'.split(' ');
  const pieces = [...digits, ...'. . . . . - + ~ ~ ~rc +b1 +deb12u ubuntu a b Z dfsg ~~ _'.split(' ')];
  const make = () =>
    [
      pick(random, ['', '', '', '', '0:', '1:', '2:', '01:']),
      pick(random, digits),
      join(random, pieces, 0, 4),
      pick(random, ['', '', '-0', '-1', '-1.1', '-2+deb12u1', '-1~bpo12+1', '-0ubuntu1']),
    ].join('');
  const list = pairs(random, 6500, make, [...pieces, ':']);
  const script = `while read -r a b; do
    if dpkg --compare-versions "$a" lt "$b"; then echo "$a < $b"
    elif [ $? -eq 2 ]; then echo "$a ? $b"
    elif dpkg --compare-versions "$a" eq "$b"; then echo "$a = $b"
    else echo "$a > $b"; fi
  done`;
  const input = list.map((pair) => `${pair.join(' ')}\n`).join('');
  const judged = execFileSync('sh', ['-c', script], { input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
  const version = /[\d.]+/.exec(execFileSync('dpkg', ['--version'], { encoding: 'utf8' }))?.[0].replace(/\.$/, '');
  return [
    `# Random pairs that collide, judged by dpkg --compare-versions ${version}; ? is what dpkg refuses.`,
    judged.trim(),
  ];
}

/** Oldest first: all that may follow the same beginning that ends in a number. */
const apkTails = [
  ...[
    '_alpha_alpha',
    '_alpha_rc1',
    '_alpha',
    '_alpha-r0',
    '_alpha-r1',
    '_alpha~ab',
    '_alpha0',
    '_alpha1',
    '_alpha2-r1',
  ],
  ...[
    '_alpha10',
    '_alpha_cvs',
    '_alpha_p1',
    '_beta',
    '_beta3',
    '_beta20',
    '_pre',
    '_pre20051101',
    '_pre20061021',
    '_rc',
  ],
  ...['_rc1_alpha', '_rc1', '_rc1-r0', '_rc1_p1', '_rc2', '_rc10', '..', '.', '.-r1', '.a', '.a2', '..5', '', '-r0-1'],
  ...['-r0', '-r1', '-r2', '-r9', '-r10', '-r99999999999999999999', '-r100000000000000000000', '~0a', '~0a-r1', '~0ab'],
  ...['~0b', '~a', '_cvs', '_cvs1', '_svn', '_svn2', '_git', '_git20230717-r4', '_git20240101', '_hg', '_p_rc1', '_p'],
  ...[
    '_p-r0',
    '_p~1',
    '_p0',
    '_p1_alpha',
    '_p1',
    '_p1-r1',
    '_p1_p1',
    '_p2',
    '_p9',
    '_p10',
    'a_alpha',
    'a',
    'a-r3',
    'a_p',
  ],
  ...[
    'a0',
    'a1',
    'a1-r1',
    'a1a',
    'a1b2',
    'a1.0',
    'a2',
    'a10',
    'b',
    'p',
    'p1-r0',
    'p1-r1',
    'p2-r0',
    'z',
    '.0_rc1',
    '.0',
  ],
  ...[
    '.0-r0',
    '.0_p',
    '.0a',
    '.0.0',
    '.0.1',
    '.00',
    '.001',
    '.0015',
    '.002',
    '.01',
    '.010',
    '.0101',
    '.02',
    '.09',
    '.1_rc1',
  ],
  ...['.1', '.1-r1', '.1.0', '.1.1', '.2', '.9', '.10', '.11', '.100', '.20060720', '.99999999999999999999'],
  '.100000000000000000000',
];
const apkNumbers = [
  'a',
  'b',
  'b1',
  '.0',
  '.01',
  '.1',
  '.2',
  '.10',
  '0',
  '1',
  '2',
  '9',
  '10',
  '11',
  '20050718',
  '1'.repeat(30),
];

const apkByHand = `
1-r1 = 1-r01
1-r0 = 1-r00
01 = 1
01.2 = 1.2
007-r1 = 7-r1
1_p01 = 1_p1
1_rc = 1_rc
1a01 = 1a1
1-r0-1 = 1-r0-2
1-r0-a.b = 1-r-a.c
1-r-1 < 1-r0
1-r-1 < 1-r2
1.0_foo < 1.0
1.0_foo < 1.0-r0
1.0_foo < 1.0_p1
1.0_foo < 1.0.1
1.0_foo < 1.1_bar
1.0_rc9 < 1.0_foo
1.0_pre < 1.0_prefoo
1.0_px < 1.0
1.0_px ? 1.0_py
1.0_foo1 ? 1.0_foo2
1.0 < 1.0bc
1.0a < 1.0bc
1.0bc < 1.0c
1.0bc ? 1.0bd
1.0B < 1.0b
1.0B ? 1.0C
1.0-1-r1 < 1.0
1.0-1-r1 ? 1.0-2-r1
1.0-1-r1 < 1.0.1-1-r1
2021-03-27-r5 < 2022.1
1.0-pre1 ? 1.0-pre2
1.0-r ? 1.0-r
1.0-r1-r2 ? 1.0-r1-r2
1.0-r1-r2 ? 1.0-r1-r3
1.0-r1_p1 ? 1.0-r1_p2
1.0-r1~ab ? 1.0-r1~ab
1.0~ ? 1.0~
1.0~ab_p1 ? 1.0~ab_p1
1.0~AB ? 1.0~AB
1.0_ ? 1.0_
1.0__p ? 1.0__p
1.0_1_p ? 1.0_1_p
1.0a.1 ? 1.0a.1
1.0:1 ? 1.0:2
_p1 ? 1
-r1 ? 1
~1 ? 1
Abc ? 1
latest ? 1
1 ? latest
`;

function writeApk() {
  const random = randomNumbers(202);
  const lines = new Set();
  for (const base of ['1', '0.9', '3.10.2', '10.04', '2a1']) {
    for (const [at, tail] of apkTails.entries()) {
      const after = apkTails.slice(at + 1);
      const later = [after[0], pick(random, after), pick(random, after)].filter((other) => other !== undefined);
      for (const other of new Set(later)) lines.add(`${base}${tail} < ${base}${other}`);
    }
  }
  for (const [at, number] of apkNumbers.entries()) {
    for (const other of apkNumbers.slice(at + 1)) {
      lines.add(`${number} < ${other}`);
      lines.add(`${number}-r10 < ${other}-r9`);
    }
  }
  return [
    '# By rule, not by tool: from the order that apk-package(5) and apk-tools 3 src/version.c give; ? is what stays open.',
    [...lines].join('\n'),
    apkByHand.trim(),
  ];
}

/** What the library says of each pair, in a line. */
function judgeBySemver(list, loose) {
  const signs = { '-1': '<', 0: '=', 1: '>' };
  const readable = (text) => semver.parse(text, { loose }) !== null;
  return list
    .map(([a, b]) => `${a} ${readable(a) && readable(b) ? signs[semver.compare(a, b, loose)] : '?'} ${b}`)
    .join('\n');
}

const identifiers = [
  '0',
  '1',
  '2',
  '10',
  '11',
  'alpha',
  'beta',
  'rc',
  'rc1',
  'rc-1',
  'R',
  'r',
  '-',
  '0a',
  'x-y',
  '20240101',
  '--1',
];

function semverText(random, separators) {
  const numbers = ['0', '1', '2', '9', '10', '11', '100', '9007199254740991'];
  const list = (length) => Array.from({ length }, () => pick(random, identifiers)).join('.');
  const core = [0, 0, 0].map((least) => pick(random, numbers.slice(least, 3 + random(6)))).join('.');
  const prerelease = random(3) > 0 ? pick(random, separators) + list(1 + random(3)) : '';
  return core + prerelease + (random(5) === 0 ? `+${list(1 + random(2))}` : '');
}

const semverByHand = `
1.0.0-alpha < 1.0.0-alpha.1
1.0.0-alpha.1 < 1.0.0-alpha.beta
1.0.0-alpha.beta < 1.0.0-beta
1.0.0-beta < 1.0.0-beta.2
1.0.0-beta.2 < 1.0.0-beta.11
1.0.0-beta.11 < 1.0.0-rc.1
1.0.0-rc.1 < 1.0.0
1.0.0+a = 1.0.0+b
1.0.0-rc+a = 1.0.0-rc
`;

const semverByRule = `
# By rule: what is read beyond the specification, numbers larger than the library's, and what is refused.
v1.2.3 = 1.2.3
1 = 1.0.0
1.2 = 1.2.0
1.2 < 1.2.1
1.2-rc1 < 1.2
1.2-rc1 = 1.2.0-rc1
2.10-rc2 > 2.9
19.03.9 < 19.03.10
19.03.9 = 19.3.9
20230606 < 20230607.0.1
1.0.0-01 = 1.0.0-1
0.0.0-20190308221718-c2843e01d9a2 < 0.0.0-20220314234659-1baeb1ce4c0b
2.0.0+incompatible = 2.0.0
9007199254740993.0.0 > 9007199254740992.0.0
1.0.0-9007199254740993 > 1.0.0-9007199254740992
${'9'.repeat(60)}.0.0 > ${'9'.repeat(59)}8.0.0
1${'0'.repeat(60)}.0.0 > ${'9'.repeat(60)}.0.0
1.2.3.4 ? 1.2.3
1.2.3beta ? 1.2.3
=1.2.3 ? 1.2.3
V1.2.3 ? 1.2.3
1.2.3- ? 1.2.3
1.2.3+ ? 1.2.3
1.2.3-a..b ? 1.2.3
1.2.3-a_b ? 1.2.3
1..3 ? 1.2.3
1.2. ? 1.2.3
.1.2 ? 1.2.3
1.x ? 1.2.3
-1 ? 1
v ? 1
go1.21 ? 1
(devel) ? 1
`;

function writeSemver() {
  const random = randomNumbers(303);
  const readable = (text) => semver.valid(text) !== null;
  const list = pairs(random, 5000, () => semverText(random, ['-']), [...identifiers, '.', '-', '+']);
  const strict = list.filter((pair) => pair.every(readable)).slice(0, 2500);
  return [
    `# Random pairs that collide, judged by the npm package semver ${packageVersion()}, with examples of the specification.`,
    judgeBySemver(strict, false),
    semverByHand.trim(),
    semverByRule.trim(),
  ];
}

const npmByHand = [
  ...[
    ['=1.2.3', '1.2.3'],
    ['v1.2.3', '1.2.3'],
    ['=v1.2.3-1', '1.2.3-1'],
    ['1.2.3beta', '1.2.3-beta'],
    ['1.2.3beta', '1.2.3'],
  ],
  ...[
    ['1.2.3beta2', '1.2.3beta10'],
    ['01.02.03', '1.2.3'],
    ['1.2.3-01', '1.2.3-1'],
    ['1.2.3_4', '1.2.3'],
    ['1.2', '1.2.0'],
  ],
  ...[
    ['1', '1.0.0'],
    ['1.2.3.4', '1.2.3'],
    ['latest', '1.0.0'],
    ['*', '1.0.0'],
    ['^1.0.0', '1.0.0'],
    ['x.y.z', '1.0.0'],
  ],
  ...[
    ['9007199254740993.0.0', '1.0.0'],
    [`1.0.0-${'a'.repeat(300)}`, '1.0.0'],
    ['1.2.3-a..b', '1.2.3'],
    ['1.2.3+', '1.2.3'],
  ],
];

function writeNpm() {
  const random = randomNumbers(404);
  const make = () => pick(random, ['', '', '', 'v', '=', '=v']) + semverText(random, ['-', '', '-']);
  const list = pairs(random, 2500, make, [...identifiers, '.', '-', '+', 'v', '=']);
  return [
    `# Random pairs that collide, judged by the npm package semver ${packageVersion()} in loose mode; ? is what it refuses.`,
    judgeBySemver([...list, ...npmByHand], true),
    semverByHand.trim(),
  ];
}

function packageVersion() {
  return createRequire(import.meta.url)('semver/package.json').version;
}

const asked = process.argv.slice(2);
for (const [scheme, write] of Object.entries(writers)) {
  if (asked.length > 0 && !asked.includes(scheme)) continue;
  writeFileSync(new URL(`../src/fixtures/${scheme}.txt`, import.meta.url), `${write().join('\n')}\n`);
}
