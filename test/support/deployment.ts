import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** The checkout, from the compiled file: test/dist/support. */
export const checkout = fileURLToPath(new URL('../../../', import.meta.url));

export interface ComposeService {
  readonly image?: string;
  readonly build?: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly restart?: string;
  readonly command?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[]; readonly interval?: string; readonly timeout?: string };
}

export interface Compose {
  readonly text: string;
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes: Readonly<Record<string, object>>;
}

/** What `docker-compose.yml` says, its anchors followed. */
export function readCompose(): Compose {
  const text = readFileSync(`${checkout}docker-compose.yml`, 'utf8');
  return { text, ...(parse(text, { merge: true }) as Omit<Compose, 'text'>) };
}

/** A value with the variables of the person who starts it: given ones, else the file's defaults. */
export function filledIn(value: string, given: Readonly<Record<string, string>>): string {
  return value.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind = '', otherwise = '') => {
    return given[name] ?? (kind === '-' ? otherwise : '');
  });
}

export interface Instruction {
  readonly word: string;
  readonly rest: string;
}

/** The instructions of the Dockerfile, stage by stage. */
export function readDockerfile(): Instruction[][] {
  const text = readFileSync(`${checkout}Dockerfile`, 'utf8')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '');
  const stages: Instruction[][] = [];
  for (const line of text.split('\n').filter((one) => one !== '')) {
    const [, word = '', rest = ''] = /^([A-Z]+)\s+(.*)$/.exec(line) ?? [];
    if (word === 'FROM') stages.push([]);
    stages.at(-1)?.push({ word, rest });
  }
  return stages;
}

/** The variables that a stage sets. */
export function environmentOf(stage: readonly Instruction[]): Record<string, string> {
  const pairs = stage.filter(({ word }) => word === 'ENV').flatMap(({ rest }) => rest.split(/\s+/));
  return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0] ?? '', pair.split('=').slice(1).join('=')]));
}
