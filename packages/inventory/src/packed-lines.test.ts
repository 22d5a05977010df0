import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packLines, unpackLines } from './packed-lines.ts';

test('what is packed is unpacked', () => {
  const line = fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\n', ''));
  const lines = fc.array(fc.oneof(line, fc.constantFrom('/usr/lib/a', '/usr/lib/b', 'x'.repeat(500))));
  fc.assert(
    fc.property(lines, (list) => {
      expect([...unpackLines(packLines(list))]).toEqual(list);
    }),
  );
});

test('paths in order take less than half', () => {
  const paths = Array.from({ length: 1000 }, (_, n) => `/usr/share/doc/some-package/examples/file-${n}.txt`);
  expect(packLines(paths).length).toBeLessThan(paths.join('\n').length / 2);
});
