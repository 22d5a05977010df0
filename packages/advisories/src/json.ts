/** Looking into JSON of foreign making: what is not of the kind asked for is as good as absent. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function asObject(value: unknown): JsonObject | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
}

/** The value of a key; undefined where there is no object or no such key. */
export function field(value: unknown, key: string): unknown {
  return asObject(value)?.[key];
}

export function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Text that says something; null for anything else, the empty text included. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

export function asTexts(value: unknown): readonly string[] {
  return asList(value).filter((item) => asText(item) !== null) as string[];
}
