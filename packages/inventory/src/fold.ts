import {
  byKeys,
  compareText,
  type Distro,
  type Inventory,
  type Package,
  type Problem,
  problem,
  type ResolvedImage,
} from '@soupcon/model';
import type { Cataloger, Found, FoundPackage } from './cataloger.ts';
import { catalogers as allCatalogers } from './catalogers.ts';
import { judgeCompleteness } from './completeness.ts';
import { DatabaseWatch } from './databases.ts';
import { alignHistory } from './history.ts';
import type { LayerIndex } from './layer-index.ts';
import { MergedImage } from './merged-image.ts';
import { measureExecutables, ownersOf } from './ownership.ts';
import { type Run, Timeline } from './timeline.ts';
import { unsupportedDistribution } from './unsupported/cataloger.ts';

/**
 * What an image has, from what its layers have, base first. Pure. The problems of `image` count for the verdict and are
 * not repeated in the inventory.
 */
export function foldImage(
  layers: readonly LayerIndex[],
  image: Pick<ResolvedImage, 'config' | 'layers' | 'problems'>,
  catalogers: readonly Cataloger[] = allCatalogers,
): Inventory {
  const { merged, timeline, problems } = applyLayers(layers, catalogers);
  const runs = catalogers.flatMap(({ id }) => [...timeline.runs(id)].map((run) => ({ ...run, foundBy: id })));
  const found = runs.map((run) => run.found);
  const owners = ownersOf(merged, found);
  const packages = mergePackages(runs, owners, merged);
  const present = new Set(packages.flatMap(({ purl, aliases }) => [purl, ...aliases]));
  const history = alignHistory(image.config.history, layers.length);
  const distro = merged.distro('');
  problems.push(
    ...history.problems,
    ...hardlinkProblems(merged),
    ...loopProblems(merged),
    ...distroProblems(distro, found, problems),
  );
  return {
    distro,
    completeness: judgeCompleteness({
      packages: packages.length,
      executables: measureExecutables(merged, owners, found),
      problems: [...image.problems, ...problems],
    }),
    layers: layers.map((layer, index) => ({
      index,
      digest: image.layers[index]?.digest ?? layer.digest,
      diffId: image.layers[index]?.diffId ?? layer.diffId,
      size: image.layers[index]?.size ?? layer.size,
      instruction: history.instructions[index] ?? null,
      packages: packages.filter(({ introducedIn }) => introducedIn === index).length,
      base: index < history.baseLayers,
    })),
    packages,
    removed: timeline.removed(present),
    problems: sortProblems(problems),
  };
}

/** System packages without a distribution, and a distribution of which no system package could be read. */
function distroProblems(distro: Distro | null, found: readonly FoundPackage[], known: readonly Problem[]): Problem[] {
  const hasSystemPackages = found.some(({ owns }) => owns?.root === '');
  if (distro === null) return hasSystemPackages ? [problem('distribution_unknown')] : [];
  const isSaid = known.some(({ code }) => code === 'distribution_unsupported');
  const unread = hasSystemPackages || isSaid ? null : unsupportedDistribution(distro);
  return unread === null ? [] : [unread];
}

/** Puts layer on layer, and after each lets those catalogers look again for which something changed. */
function applyLayers(layers: readonly LayerIndex[], catalogers: readonly Cataloger[]) {
  const merged = new MergedImage(catalogers);
  const timeline = new Timeline();
  const databases = new DatabaseWatch();
  const problems = new Map<string, readonly Problem[]>();
  const own: Problem[] = [];
  for (const [layer, index] of layers.entries()) {
    own.push(...index.problems.map((one) => ({ ...one, layer: one.layer ?? layer })));
    const changed = merged.apply(index, layer);
    for (const cataloger of catalogers.filter(({ id }) => changed.has(id))) {
      const found = [...cataloger.resolve(merged.view(cataloger))];
      const packages = found.filter(isPackage);
      problems.set(cataloger.id, found.filter(isProblem));
      timeline.advance(cataloger.id, layer, packages);
      databases.advance(cataloger.id, layer, packages);
    }
  }
  own.push(...[...problems.values()].flat(), ...databases.problems(merged));
  return { merged, timeline, problems: own };
}

function isPackage(one: Found): one is FoundPackage {
  return 'kind' in one;
}

function isProblem(one: Found): one is Problem {
  return !isPackage(one);
}

type FoundRun = Run & { readonly foundBy: string };

/** One package for each purl. A language package that an operating-system package owns becomes its alias. */
function mergePackages(
  runs: readonly FoundRun[],
  owners: ReadonlyMap<string, FoundPackage>,
  merged: MergedImage,
): Package[] {
  const byPurl = new Map<string, FoundRun[]>();
  const aliases = new Map<string, Set<string>>();
  for (const run of runs) {
    const { purl, path, owns } = run.found;
    const owner = owns === null ? owners.get(path) : undefined;
    if (owner === undefined) grouped(byPurl, purl, () => []).push(run);
    else grouped(aliases, owner.purl, () => new Set<string>()).add(purl);
  }
  const layerOf = (path: string, run: FoundRun) => merged.visible.get(path)?.layer ?? run.introducedIn;
  return [...byPurl]
    .map(([purl, group]) => packageOf(group, [...(aliases.get(purl) ?? [])].sort(compareText), layerOf))
    .sort(byKeys(({ purl }) => purl));
}

function grouped<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

function packageOf(
  group: readonly FoundRun[],
  aliases: string[],
  layerOf: (path: string, run: FoundRun) => number,
): Package {
  const [first] = group;
  if (first === undefined) throw new TypeError('A package needs a place where it was found.');
  const { type, namespace, name, version, architecture, source, context, purl } = first.found;
  const locations = new Map(
    group.map((run) => [run.found.path, { path: run.found.path, layer: layerOf(run.found.path, run) }]),
  );
  return {
    type,
    namespace,
    name,
    version,
    architecture,
    source,
    context,
    purl,
    licenses: [...new Set(group.flatMap(({ found }) => found.licenses))].sort(compareText),
    locations: [...locations.values()].sort(byKeys(({ path }) => path)),
    introducedIn: Math.min(...group.map(({ introducedIn }) => introducedIn)),
    foundBy: first.foundBy,
    aliases,
  };
}

/** One problem a layer: a package store with hard links may have thousands. */
function hardlinkProblems(merged: MergedImage): Problem[] {
  const byLayer = new Map<number, string[]>();
  for (const { path, layer } of merged.unresolvedHardlinks()) grouped(byLayer, layer, () => []).push(path);
  return [...byLayer].map(([layer, paths]) =>
    problem('hardlink_unresolved', {
      layer,
      path: paths.sort(compareText)[0] ?? null,
      more: `${paths.length} of them`,
    }),
  );
}

/** One problem a layer, as there may be as many as entries. */
function loopProblems(merged: MergedImage): Problem[] {
  return merged
    .lostInLoops()
    .map(({ layer, path, count }) => problem('link_loop', { layer, path, more: `${count} files below them` }));
}

function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted(
    byKeys(
      ({ layer }) => layer ?? -1,
      ({ path }) => path ?? '',
      ({ code }) => code,
      ({ message }) => message,
    ),
  );
}
