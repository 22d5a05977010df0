import type { Digest } from '@soupcon/model';

/**
 * One registry's way of telling about pushes: bytes in, push events out. It knows neither the route it is served at nor
 * where events are kept, and asks the registry nothing. What it yields is a hint, never evidence: the worker asks the
 * registry itself, with our credential, what a tag stands for. Registered in `registered.ts`.
 */
export interface RegistryWebhook {
  /** As in `/hooks/{id}/...`, and the name of its file. */
  readonly id: string;
  /** URL of the description of the format. */
  readonly source: string;
  /** Media types that it is sent with, lower case and without parameters. */
  readonly contentTypes: readonly string[];
  /**
   * An event that cannot be understood is ignored and counted, and the others count all the same.
   * @throws {AppError} `webhook_malformed` naming the field, when the delivery as a whole is not of this format.
   */
  parse(delivery: WebhookDelivery): ParsedDelivery;
}

/** A request as it came. Names of headers are in lower case, as Node gives them. */
export interface WebhookDelivery {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface ParsedDelivery {
  readonly events: readonly PushEvent[];
  /** One entry a reason that occurred. */
  readonly ignored: readonly IgnoredEvents[];
}

export interface IgnoredEvents {
  readonly reason: IgnoredReason;
  readonly count: number;
}

/**
 * Why an event is none that we act on: `pull`, `mount` and `delete` are the registry's actions, `own-read` is a pull by
 * this program, `action-unknown` any other; `not-a-manifest` is a blob or an artifact of another kind; `malformed` cannot
 * be understood; `beyond-limit` came after as many as one delivery may have.
 */
export type IgnoredReason =
  | 'pull'
  | 'own-read'
  | 'mount'
  | 'delete'
  | 'action-unknown'
  | 'not-a-manifest'
  | 'malformed'
  | 'beyond-limit';

/** Somebody pushed a manifest or an index. At least one of tag and digest is there. */
export interface PushEvent {
  /** The sender's id, the same when it sends again; null when it has none. */
  readonly deliveryId: string | null;
  /** Inside the registry, without its host, of the grammar of repository names. */
  readonly repository: string;
  readonly tag: string | null;
  readonly digest: Digest | null;
  /** Lower case and without parameters. */
  readonly mediaType: string | null;
  /** RFC 3339 in UTC with as many digits of a second as were given, such as `2026-03-09T22:44:26.402973972Z`. */
  readonly pushedAt: string | null;
  /** Who pushed, by the registry's name for them; one line. */
  readonly actor: string | null;
  /** `host` or `host:port` as the payload says, which anybody may have made up: only to be compared, never called. */
  readonly host: string | null;
}
