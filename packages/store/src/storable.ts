/** Text as Postgres can keep it: it has no NUL, which hostile images put into names and versions. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\ufffd');
}

/** A value as JSON for a `jsonb` column, its texts made {@link storable}. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'string' ? storable(item) : item));
}
