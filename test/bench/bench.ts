import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './figures.ts';

/**
 * Measures everything that has a budget, one after the other, and prints the table. What lacks what it needs says so.
 *
 *     npm run bench -- [--image DIR] [--advisories DIR] [--peer TRIVY [--peer-cache DIR]] [--runs 5]
 */
const { values } = parseArgs({
  options: {
    image: { type: 'string' },
    advisories: { type: 'string' },
    peer: { type: 'string' },
    'peer-cache': { type: 'string' },
    runs: { type: 'string', default: '5' },
  },
});
const given = (...names: readonly ('image' | 'advisories' | 'peer' | 'peer-cache')[]) =>
  names.flatMap((name) => (values[name] === undefined ? [] : [`--${name}`, values[name]]));

const parts: readonly (readonly [string, readonly string[]])[] = [
  ['scan', [...given('image', 'peer', 'peer-cache'), '--runs', values.runs]],
  ['worker', values.image === undefined ? [] : [values.image, values.runs]],
  ['import', given('advisories')],
  ['hooks', []],
  ['start', [values.runs]],
];
let failed = 0;
for (const [name, words] of parts) {
  const script = join(root, 'test/dist/bench', `${name}.js`);
  const { status } = spawnSync(process.execPath, [script, ...words], { stdio: 'inherit', timeout: 30 * 60_000 });
  if (status !== 0) failed += 1;
}
process.exitCode = failed === 0 ? 0 : 1;
