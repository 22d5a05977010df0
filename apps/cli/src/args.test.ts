import { AppError } from '@soupcon/model';
import { expect, test } from 'vitest';
import { parseCommand } from './args.ts';

const defaults = {
  format: 'table',
  output: null,
  platform: null,
  advisories: null,
  failOn: null,
  requireComplete: false,
  all: false,
  insecureRegistries: [],
  quiet: false,
  verbose: false,
  threads: null,
};

test.each([
  ['scan alpine', { image: 'alpine' }],
  ['scan --format json alpine', { image: 'alpine', format: 'json' }],
  ['scan alpine -f cyclonedx -o out.json', { image: 'alpine', format: 'cyclonedx', output: 'out.json' }],
  ['scan alpine --output=-', { image: 'alpine', output: null }],
  ['scan alpine --output=-x', { image: 'alpine', output: '-x' }],
  ['scan -- -strange', { image: '-strange' }],
  ['scan a --platform linux/arm/v7', { image: 'a', platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }],
  [
    'scan a --fail-on HIGH --require-complete --all -q',
    { image: 'a', failOn: 'high', requireComplete: true, all: true, quiet: true },
  ],
  [
    'scan a --insecure-registry b:5000 --insecure-registry [::1]:80',
    { image: 'a', insecureRegistries: ['b:5000', '[::1]:80'] },
  ],
  [
    'scan a --threads 8 --verbose --advisories https://osv.example/x',
    { image: 'a', threads: 8, verbose: true, advisories: 'https://osv.example/x' },
  ],
])('%s', (line, options) => {
  expect(parseCommand(line.split(' '))).toEqual({ command: 'scan', options: { ...defaults, ...options } });
});

test.each([
  ['--version', { command: 'version' }],
  ['--help', { command: 'help', topic: null }],
  ['help', { command: 'help', topic: null }],
  ['help scan', { command: 'help', topic: 'scan' }],
  ['help versions compare', { command: 'help', topic: 'versions' }],
  ['scan --help', { command: 'help', topic: 'scan' }],
  ['versions compare -h', { command: 'help', topic: 'versions' }],
  ['versions compare deb', { command: 'versions compare', scheme: 'deb' }],
  ['serve', { command: 'serve', port: null, data: null }],
  ['serve -p 0 --data d', { command: 'serve', port: 0, data: 'd' }],
  ['serve --help', { command: 'help', topic: 'serve' }],
  ['api --port 80', { command: 'api', port: 80 }],
  ['worker', { command: 'worker' }],
  ['advisories import d --force', { command: 'advisories import', directory: 'd', force: true, data: null }],
  ['advisories sync', { command: 'advisories sync', url: null, force: false, data: null }],
  ['advisories status --data d', { command: 'advisories status', data: 'd' }],
  ['keys create', { command: 'keys create', name: 'command line', organization: null, data: null }],
  [
    'repos enable a.example/b --insecure',
    { command: 'repos enable', repository: 'a.example/b', insecure: true, organization: null, data: null },
  ],
  ['demo --exit oci:d', { command: 'demo', image: 'oci:d', advisories: null, exit: true, port: null }],
])('%s', (line, command) => {
  expect(parseCommand(line.split(' '))).toEqual(command);
});

test.each([
  ['', 'no command is given'],
  ['frobnicate', 'there is no command "frobnicate" here'],
  ['--frobnicate', 'there is no option "--frobnicate" here'],
  ['gate', 'the command gate is not there yet'],
  ['serve x', 'nothing may follow serve, but "x" does'],
  ['serve --port 99999', 'serve: --port "99999" is not a port'],
  ['api --data x', 'api: there is no option "--data"'],
  ['advisories', 'advisories: what to do with them is not said'],
  ['advisories fetch', 'advisories: "fetch" is not something to do with them'],
  ['advisories import', 'advisories import: no directory is named'],
  ['advisories import a b', 'nothing may follow "a", but "b" does'],
  ['advisories sync --url dir', 'advisories sync: --url "dir" is not a URL'],
  ['keys delete', 'keys: "delete" is not something to do with them'],
  ['registries connect', 'registries connect: no registry is named'],
  ['registries connect http://a', 'registries connect: "http://a" is not a registry'],
  ['repos enable', 'repos enable: no repository is named'],
  ['demo alpine', 'demo: "alpine" is not an image it can push'],
  ['--version x', 'nothing may follow --version, but "x" does'],
  ['help frobnicate', 'there is no help about "frobnicate"'],
  ['scan', 'scan: no image is named'],
  ['scan a b', 'scan: one image at a time, but "b" follows "a"'],
  ['scan a --format xml', 'scan: there is no format "xml"'],
  ['scan a --format spdx', 'scan: the format spdx is not there yet'],
  ['scan a --format sarif', 'scan: the format sarif is not there yet'],
  ['scan a --policy p.yaml', 'scan: --policy is not there yet'],
  ['scan a --platform linux', 'scan: --platform "linux" is not a platform'],
  ['scan a --fail-on severe', 'scan: --fail-on "severe" is not a severity'],
  ['scan a --threads 0', 'scan: --threads "0" is not a number of threads'],
  ['scan a --threads two', 'scan: --threads "two" is not a number of threads'],
  ['scan a --insecure-registry http://b', 'scan: --insecure-registry "http://b" is not a registry'],
  ['scan a --output', 'scan: --output needs a value'],
  ['scan a --output=', 'scan: --output needs a value'],
  ['scan a --output --quiet', 'scan: --output needs a value'],
  ['scan a --format json --format json', 'scan: --format is given twice'],
  ['scan a --quiet=yes', 'scan: --quiet takes no value'],
  ['scan a --constructor', 'scan: there is no option "--constructor"'],
  ['scan a -x', 'scan: there is no option "-x"'],
  ['versions', 'versions: what to do with them is not said'],
  ['versions sort', 'versions: "sort" is not something to do with them'],
  ['versions compare', 'versions compare: no scheme is named'],
  ['versions compare deb x', 'versions compare: "x" is one word too many'],
])('`soupcon %s` is refused: %s', (line, subject) => {
  const parse = () => parseCommand(line.split(' ').filter(Boolean));
  expect(parse).toThrow(AppError);
  expect(parse).toThrow(
    expect.objectContaining({ code: 'usage', subject, detail: { remedy: expect.stringMatching(/\.$/) } }),
  );
});
