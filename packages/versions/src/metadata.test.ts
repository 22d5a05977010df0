import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { AppError } from '@soupcon/model';
import { expect, test } from 'vitest';
import { schemeById, schemes } from './index.ts';

const source = new URL('../src/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, source), 'utf8');

test('every file that defines a scheme is named after its id and registered', () => {
  const files = readdirSync(source).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const defining = files.filter((name) => /= defineScheme(<|\()/.test(read(name)));
  expect(defining.map((name) => name.replace('.ts', '')).sort()).toEqual(schemes.map(({ id }) => id).sort());
  for (const { id } of schemes) expect(read(`${id}.ts`)).toContain(`id: '${id}'`);
});

test.each(schemes.map((scheme) => [scheme.id, scheme] as const))(
  '%s names its source and has a fixture',
  (id, scheme) => {
    expect(schemeById(id)).toBe(scheme);
    expect(new URL(scheme.source).protocol).toBe('https:');
    expect(existsSync(new URL(`fixtures/${id}.txt`, source))).toBe(true);
  },
);

test('each fixture belongs to a scheme', () => {
  const names = readdirSync(new URL('fixtures/', source)).map((name) => name.replace('.txt', ''));
  expect(names.sort()).toEqual(schemes.map(({ id }) => id).sort());
});

test('an id without a scheme is refused with the ids that have one', () => {
  for (const id of ['rpm', 'DEB', '', '__proto__', 'x'.repeat(1000)]) {
    expect(() => schemeById(id)).toThrow(AppError);
    expect(() => schemeById(id)).toThrow(/^No such version scheme: ".{0,100}" is none of deb, apk, semver, npm$/);
  }
});
