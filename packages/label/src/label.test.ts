import { problem } from '@soupcon/model';
import { expect, test } from 'vitest';
import { renderJson } from './json.ts';
import { buildLabel, matchedPackages } from './label.ts';
import {
  fullLabel,
  hostileLabel,
  partlyMatchedLabel,
  someImage,
  someInventory,
  somePackage,
  unmatchedLabel,
} from './testing/samples.ts';

test('the fields are those of soupcon.label/v1, in their order', () => {
  const label = fullLabel();
  expect(Object.keys(label)).toEqual(
    'schema image distro completeness layers packages removed findings secrets checks problems advisories'.split(' '),
  );
  expect(Object.keys(label.image)).toEqual('reference digest mediaType platform created size'.split(' '));
  expect(Object.keys(label.packages[0] ?? {})).toEqual(
    'purl type name version architecture source licenses locations introducedIn foundBy aliases'.split(' '),
  );
  expect(Object.keys(label.findings[0] ?? {})).toEqual(
    'id aliases advisories package state fixedIn fixState severity ratings kev epss layer suppressed evidence summary'.split(
      ' ',
    ),
  );
  expect(label.distro).toEqual({
    id: 'debian',
    versionId: '12',
    prettyName: 'Debian GNU/Linux 12 (bookworm)',
    endOfLife: '2028-06-30',
  });
});

test('npm, golang and composer packages are called by their full name, others without their namespace', () => {
  expect(fullLabel().packages.map(({ name }) => name)).toEqual(['libssl3', 'tar', 'log4j-core', '@acme/core']);
});

test.each([fullLabel, unmatchedLabel, hostileLabel])('%o: what is not known is null, never absent', (make) => {
  const text = renderJson(make());
  const visit = (value: unknown): void => {
    expect(value).not.toBeUndefined();
    if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) visit(part);
  };
  visit(make());
  expect(text.endsWith('}\n')).toBe(true);
  expect(JSON.parse(text)).toEqual(JSON.parse(renderJson(make())));
});

test('the order of the input does not show in the label', () => {
  const parts = ['b', 'a', 'c'].map((name) =>
    somePackage({ purl: `pkg:npm/${name}@1`, type: 'npm', name, version: '1' }),
  );
  const make = (packages: typeof parts) =>
    renderJson(
      buildLabel({ image: someImage(), inventory: someInventory({ packages }), findings: [], advisories: null }),
    );
  expect(make(parts)).toBe(make(parts.toReversed()));
});

test('a problem that image and inventory both tell is said once', () => {
  const one = problem('platform_unknown');
  const label = buildLabel({
    image: someImage({ problems: [one] }),
    inventory: someInventory({ problems: [problem('path_invalid', { layer: 0, path: 'x' }), { ...one }] }),
    findings: [],
    advisories: null,
  });
  expect(label.problems.map(({ code }) => code)).toEqual(['platform_unknown', 'path_invalid']);
});

test('what the input carries beside the fields of the label does not get in', () => {
  const extra = { ...somePackage({ purl: 'pkg:npm/a@1', type: 'npm', name: 'a', version: '1' }), secret: 'x' };
  const label = buildLabel({
    image: someImage(),
    inventory: someInventory({ packages: [extra] }),
    findings: [],
    advisories: null,
  });
  expect(renderJson(label)).not.toContain('secret"');
});

test('what was not matched is in the label, sorted by reason, and what was is the rest', () => {
  const unmatched = [
    { reason: 'b', packages: 2 },
    { reason: 'a', packages: 1 },
  ];
  const label = partlyMatchedLabel(unmatched);
  expect(label.advisories?.unmatched).toEqual(unmatched.toReversed());
  expect(Object.keys(label.advisories ?? {})).toEqual(['snapshot', 'records', 'unmatched']);
  expect([label, fullLabel(), unmatchedLabel()].map(matchedPackages)).toEqual([1, 4, 0]);
});
