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

/** A value as JSON for a `jsonb` column, its texts and the names of its fields made {@link storable}. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (typeof item === 'string') return storable(item);
    return typeof item === 'object' && item !== null && !Object.keys(item).every(isStorable) ? renamed(item) : item;
  });
}

/** Labels of an image have names that its author chose. */
function renamed(fields: object): object {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [storable(name), field]));
}
