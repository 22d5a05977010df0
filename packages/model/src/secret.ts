import { inspect } from 'node:util';

const redacted = '[redacted]';

/** A text that must not be shown: printing, serialising or inspecting it yields `[redacted]`, only `reveal()` the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The text itself, for the one place that sends it. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return redacted;
  }

  toJSON(): string {
    return redacted;
  }

  [inspect.custom](): string {
    return redacted;
  }
}
