/**
 * What a route needs of a key. Every key has all of them today; routes name theirs, so that keys for less need no change
 * of routes. `public` needs no key; `hook-token` is the secret part of a hook's address.
 */
export const permissions = {
  public: 'Anybody.',
  'hook-token': 'Whoever has the address that a registry notifies.',
  'keys:read': 'See API keys, without their secrets.',
  'keys:write': 'Create and revoke API keys.',
  'registries:read': 'See connections to registries, without their secrets.',
  'registries:write': 'Connect and disconnect registries.',
  'repositories:read': 'See repositories and their tags.',
  'repositories:write': 'Add repositories, opt in and out.',
  'scans:read': 'Follow scans.',
  'scans:write': 'Ask for scans.',
  'images:read': 'See what is in images and what is known against it.',
} as const;

export type Permission = keyof typeof permissions;
