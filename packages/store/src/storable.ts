/** Text as Postgres can keep it: without NUL and halves of surrogate pairs, which hostile images put into names. */
export function storable(text: string): string {
  return text.replace(/[\0\p{Surrogate}]/gu, '\ufffd');
}

/** The same for a statement's value, of a list for each of its texts: foreign text comes in many ways. */
export function storableValue(value: unknown): unknown {
  if (typeof value === 'string') return isStorable(value) ? value : storable(value);
  return Array.isArray(value) ? value.map(storableValue) : value;
}

const isStorable = (text: string) => !/[\0\p{Surrogate}]/u.test(text);

/** A value as JSON for a `jsonb` column, its texts made {@link storable}. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'string' ? storable(item) : item));
}
