import { formatPurl, problem } from '@soupcon/model';
import type { Cataloger, FoundPackage } from '../cataloger.ts';
import { LazyPackage } from '../lazy-package.ts';
import { type NpmFacts, readManifest } from './manifest.ts';
import { manifestPlace } from './places.ts';

/** Installed packages of Node, and applications that describe themselves. */
export const npm: Cataloger<NpmFacts> = {
  id: 'npm',
  version: 1,
  source: 'https://docs.npmjs.com/cli/configuring-npm/package-json',
  wants: ['package.json'],
  read: (file) => readManifest(file),
  *resolve(view) {
    for (const { path, layer, facts } of view.files()) {
      const place = manifestPlace(path);
      if (place === 'part') continue;
      if ('name' in facts) yield packageOf(facts, path);
      else if (place === 'installed') yield problem('file_malformed', { path, layer, more: facts.malformed });
    }
  },
};

function packageOf({ name, version, licenses }: Extract<NpmFacts, { name: string }>, path: string): FoundPackage {
  const slash = name.indexOf('/');
  const namespace = slash === -1 ? null : name.slice(0, slash);
  const base = name.slice(slash + 1);
  return new LazyPackage(
    {
      type: 'npm',
      namespace,
      name: base,
      version,
      architecture: null,
      source: null,
      licenses,
      context: { distro: null },
      path,
      key: path,
      owns: null,
    },
    formatPurlOf,
  );
}

function formatPurlOf({ type, namespace, name, version }: FoundPackage): string {
  return formatPurl({ type, namespace, name, version });
}
