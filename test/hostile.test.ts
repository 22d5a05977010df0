import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { alpineBase } from './support/alpine.ts';
import { brokenImages } from './support/broken-images.ts';
import { expectEnd } from './support/expect-end.ts';
import { hostileContents } from './support/hostile-contents.ts';
import { hostileLayers } from './support/hostile-layers.ts';
import { writeLayout } from './support/layout.ts';
import { makePlace, type Place, soupcon } from './support/soupcon.ts';

let place: Place;
beforeAll(async () => {
  place = await makePlace();
});
afterAll(async () => {
  expect(await place.leftovers(), 'nothing is written unasked').toEqual([]);
  await place.remove();
});

/** So few that a machine with two cores is not slowed down by them. */
describe.concurrent.each([
  ['what is broken is refused, or the label says what is missing', brokenImages],
  ['no archive, name, link or compression hides what can be read', hostileLayers],
  ['no file hides the others', hostileContents],
] as const)('%s', (_, cases) => {
  test.each(cases)('$name', async ({ name, image, expected }) => {
    const directory = await writeLayout(join(place.root, name), image(alpineBase));
    const run = await soupcon(['scan', `oci:${directory}`, '--format', 'json'], place);
    expectEnd(run, expected);
  });
});
