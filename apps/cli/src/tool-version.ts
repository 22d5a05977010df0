import { readFileSync } from 'node:fs';

/** The version of this package, as its own description says. */
export const toolVersion: string = versionOf(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

function versionOf(text: string): string {
  const description: unknown = JSON.parse(text);
  const known = typeof description === 'object' && description !== null && 'version' in description;
  return known && typeof description.version === 'string' ? description.version : '0.0.0';
}
