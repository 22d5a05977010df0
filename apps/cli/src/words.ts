import { parseArgs } from 'node:util';
import { AppError } from '@soupcon/model';

/** @param remedy what to do instead; the general help when there is nothing better. */
export function usage(subject: string, remedy = 'See `soupcon --help`.'): AppError {
  return new AppError('usage', { subject, detail: { remedy } });
}

export type Words = Readonly<Record<string, { type: 'string' | 'boolean'; short?: string; multiple?: boolean }>>;

/**
 * Splits words into options and the rest. The parser of Node is asked for its tokens only, so that each fault is said
 * in words of ours. A value that looks like an option was forgotten: it is taken only as `--name=value`.
 */
export function parseWords(words: readonly string[], options: Words, command: string) {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  const { tokens } = parseArgs({ args: [...words], options, strict: false, allowPositionals: true, tokens: true });
  const see = `See \`soupcon help ${command}\`.`;
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, name) ? options[name] : undefined;
    if (option === undefined) throw usage(`${command}: there is no option ${quoted(rawName)}`, see);
    if (option.type === 'boolean' && value !== undefined) throw usage(`${command}: ${rawName} takes no value`, see);
    const forgotten =
      value === undefined || value === '' || (!inlineValue && value.length > 1 && value.startsWith('-'));
    if (option.type === 'string' && forgotten) throw usage(`${command}: ${rawName} needs a value`, see);
    const before = values.get(name) ?? [];
    if (before.length > 0 && option.type === 'string' && !option.multiple) {
      throw usage(`${command}: ${rawName} is given twice`, see);
    }
    values.set(name, [...before, value ?? '']);
  }
  return { values, positionals };
}

export function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

/** Nothing may follow: the command has all it takes. */
export function nothingMore(rest: readonly string[], after: string, remedy?: string): void {
  const [word] = rest;
  if (word !== undefined) throw usage(`nothing may follow ${after}, but ${quoted(word)} does`, remedy);
}
