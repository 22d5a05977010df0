import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChangePacker, type PackedChange, readChanges } from './packed-changes.ts';

test('what is packed is read back', () => {
  const path = fc
    .array(fc.string({ minLength: 1, maxLength: 8, unit: 'grapheme' }), { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join('/'));
  const change = fc.oneof(
    fc.record({
      path,
      kind: fc.constantFrom('file' as const),
      linkTarget: fc.constant(null),
      file: fc.option(fc.nat()),
    }),
    fc.record({
      path,
      kind: fc.constantFrom('directory' as const, 'other' as const, 'whiteout' as const, 'opaque' as const),
      linkTarget: fc.constant(null),
      file: fc.constant(null),
    }),
    fc.record({
      path,
      kind: fc.constantFrom('symlink' as const, 'hardlink' as const),
      linkTarget: fc.string({ unit: 'grapheme' }),
      file: fc.constant(null),
    }),
  );
  fc.assert(
    fc.property(fc.array(change), (list: PackedChange[]) => {
      const packer = new ChangePacker();
      for (const each of list) packer.add(each);
      expect([...readChanges(packer.finish())]).toEqual(list);
    }),
  );
});

test('a path that only grows by its name costs little', () => {
  const packer = new ChangePacker();
  for (let index = 0; index < 10_000; index += 1) {
    packer.add({
      path: `usr/lib/python3/dist-packages/module/file${index}.py`,
      kind: 'file',
      linkTarget: null,
      file: null,
    });
  }
  expect(packer.length / 10_000).toBeLessThan(16);
});

test('below a directory that is not there only links and kept files are told', () => {
  const packer = new ChangePacker();
  const file = { kind: 'file', linkTarget: null, file: null } as const;
  for (const path of ['a', 'a/b/c', 'a/b/d', 'a/bc', 'e']) packer.add({ ...file, path });
  packer.add({ ...file, path: 'a/b/kept', file: 0 });
  packer.add({ path: 'a/b/link', kind: 'symlink', linkTarget: 'c', file: null });
  packer.add({ ...file, path: 'a/b/last' });
  const told = [...readChanges(packer.finish(), () => 'a/b')].map(({ path }) => path);
  expect(told).toEqual(['a', 'a/b/c', 'a/bc', 'e', 'a/b/kept', 'a/b/link']);
});
