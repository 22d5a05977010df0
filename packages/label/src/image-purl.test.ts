import { expect, test } from 'vitest';
import { imageName, imagePurl } from './image-purl.ts';

const image = { digest: 'sha256:0123', mediaType: null, platform: 'linux/arm/v7', created: null, size: null };

test.each([
  ['alpine', 'pkg:oci/alpine@sha256:0123?arch=arm&repository_url=docker.io%2Flibrary%2Falpine'],
  ['docker.io/alpine:3', 'pkg:oci/alpine@sha256:0123?arch=arm&repository_url=docker.io%2Flibrary%2Falpine&tag=3'],
  ['acme/app@sha256:0123', 'pkg:oci/app@sha256:0123?arch=arm&repository_url=docker.io%2Facme%2Fapp'],
  ['localhost:5000/app:v1', 'pkg:oci/app@sha256:0123?arch=arm&repository_url=localhost:5000%2Fapp&tag=v1'],
  ['oci:dir:tag', null],
  ['docker-archive:a.tar', null],
  ['', null],
])('%s is %s', (reference, expected) => {
  expect(imagePurl({ ...image, reference })).toBe(expected);
});

test.each([
  ['localhost:5000/app:v1', 'localhost:5000/app'],
  ['oci:dir:tag', 'oci:dir:tag'],
])('%s is called %s', (reference, expected) => {
  expect(imageName({ ...image, reference })).toBe(expected);
});
