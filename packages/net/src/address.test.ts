import { expect, test } from 'vitest';
import { allowanceOf, classifyAddress, isMetadataName, parseAddress } from './address.ts';

const classOf = (text: string) => {
  const address = parseAddress(text);
  return address === null ? 'not an address' : classifyAddress(address);
};

test.each(['1.1.1.1', '8.8.8.8', '2606:4700:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8'])(
  '%s is public',
  (text) => {
    expect(classOf(text)).toBe('public');
  },
);

test.each([
  '0.0.0.0',
  '10.0.0.1',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '192.0.2.1',
  '198.18.0.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  'fc00::1',
  'fd12:3456::1',
  'fec0::1',
  'ff02::1',
  '2001:db8::1',
  '2002:0808:0808::1',
  '4000::1',
  '::ffff:10.0.0.1',
  '::127.0.0.1',
  '64:ff9b::10.0.0.1',
  '[::1]',
])('%s is private', (text) => {
  expect(classOf(text)).toBe('private');
});

test.each([
  '169.254.169.254',
  '169.254.0.1',
  'fe80::1',
  'fe80::1%eth0',
  'febf::1',
  'fd00:ec2::254',
  '::ffff:169.254.169.254',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '100.100.100.200',
  '168.63.129.16',
])('%s is never reached', (text) => {
  expect(classOf(text)).toBe('never');
});

test.each([
  ['http://2130706433/', 'private'],
  ['http://0x7f.1/', 'private'],
  ['http://0251.0376.0251.0376/', 'never'],
  ['http://[::ffff:a9fe:a9fe]/', 'never'],
  ['http://127.1/', 'private'],
])('the host of %s is judged as the URL normalises it', (url, verdict) => {
  expect(classOf(new URL(url).hostname)).toBe(verdict);
});

test('what only looks like an address is none', () => {
  for (const text of ['example.com', '1.2.3', '1.2.3.4.5', '', '999.1.1.1', ':::'])
    expect(parseAddress(text)).toBeNull();
});

test('metadata names are known in every spelling', () => {
  for (const name of [
    'metadata.google.internal',
    'METADATA.google.internal.',
    'instance-data.ec2.internal',
    'metadata',
  ]) {
    expect(isMetadataName(name)).toBe(true);
  }
  expect(isMetadataName('metadata.example.com')).toBe(false);
});

test.each([
  ['registry.test', 'registry.test', 5000, '10.0.0.1', true],
  ['registry.test:5000', 'registry.test', 5000, '10.0.0.1', true],
  ['registry.test:5001', 'registry.test', 5000, '10.0.0.1', false],
  ['registry.test', 'evil-registry.test', 5000, '10.0.0.1', false],
  ['10.0.0.0/8', 'any.test', 80, '10.9.8.7', true],
  ['10.0.0.0/8', 'any.test', 80, '11.0.0.1', false],
  ['fd00::/8', 'any.test', 80, 'fd12::1', true],
  ['10.0.0.0/8', 'any.test', 80, 'fd12::1', false],
  ['127.0.0.1', '127.0.0.1', 80, '127.0.0.1', true],
  ['127.0.0.1:80', '127.0.0.1', 81, '127.0.0.1', false],
  ['[::1]:5000', '[::1]', 5000, '::1', true],
  ['::1', '[::1]', 5000, '::1', true],
  ['', '', 80, '10.0.0.1', false],
  ['10.0.0.0/99', 'a', 80, '10.0.0.1', false],
])('the allowance %j for %s:%d at %s is %s', (entry, hostname, port, text, expected) => {
  const address = parseAddress(text);
  expect(address !== null && allowanceOf([entry])({ hostname, port, address })).toBe(expected);
});
