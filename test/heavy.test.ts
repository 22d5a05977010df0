import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { alpineBase } from './support/alpine.ts';
import { expectEnd } from './support/expect-end.ts';
import { heavyImages } from './support/heavy-images.ts';
import { writeLayout } from './support/layout.ts';
import { canMeasureMemory, makePlace, type Place, soupcon } from './support/soupcon.ts';

const peakMiBMax = 300;
const timeoutMs = 60_000;

let place: Place;
beforeAll(async () => {
  place = await makePlace();
});
afterAll(async () => {
  expect(await place.leftovers(), 'nothing is written unasked').toEqual([]);
  await place.remove();
});

test.each(heavyImages)('$name ends in time and within the memory', { timeout: 2 * timeoutMs }, async (one) => {
  const directory = await writeLayout(join(place.root, one.name), one.image(alpineBase));
  const run = await soupcon(['scan', `oci:${directory}`, '--format', 'json'], { ...place, timeoutMs });
  await rm(directory, { recursive: true });
  expectEnd(run, one.expected);
  // Only Linux tells how much memory was used; elsewhere the rest still counts.
  if (canMeasureMemory) expect(run.peakKiB / 1024).toBeLessThan(peakMiBMax);
});
