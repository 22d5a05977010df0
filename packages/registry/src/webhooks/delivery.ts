import { AppError } from '@soupcon/model';
import { bareMediaType } from '../media-types.ts';
import { type Fields, isFields, oneLine, parseJson } from '../shape.ts';
import type { IgnoredEvents, IgnoredReason, RegistryWebhook, WebhookDelivery } from './webhook.ts';

/** What one delivery may have. Ids and names longer than theirs are taken for none. */
export const webhookLimits = {
  bodyBytesMax: 2 * 1024 * 1024,
  eventsMax: 1000,
  idCharactersMax: 200,
  actorCharactersMax: 255,
  hostCharactersMax: 260,
} as const;

/** Whether a request's `Content-Type` is one that this webhook is sent with; parameters and case do not matter. */
export function acceptsContentType({ contentTypes }: RegistryWebhook, header: string | undefined): boolean {
  return header !== undefined && contentTypes.includes(bareMediaType(header));
}

/** The JSON object that a delivery's body is. @throws {AppError} `webhook_malformed`. */
export function readBody(webhook: RegistryWebhook, { body, headers }: WebhookDelivery): Fields {
  const { 'content-type': contentType } = headers;
  if (!acceptsContentType(webhook, contentType)) {
    throw malformedDelivery(
      'content-type',
      `it is ${contentType === undefined ? 'absent' : oneLine(contentType, 100)}`,
    );
  }
  if (body.byteLength > webhookLimits.bodyBytesMax) {
    throw malformedDelivery('body', `it has more than ${webhookLimits.bodyBytesMax} bytes`);
  }
  const value = parseJson(body);
  if (value === undefined) throw malformedDelivery('body', 'it is not JSON');
  if (!isFields(value)) throw malformedDelivery('body', 'it is not an object');
  return value;
}

/** @param path of the bad field, such as `events`. */
export function malformedDelivery(path: string, why: string): AppError {
  return new AppError('webhook_malformed', { subject: `${path}: ${why}`, detail: { path } });
}

/** Counts what is ignored, by reason. */
export class Ignored {
  readonly #counts = new Map<IgnoredReason, number>();

  add(reason: IgnoredReason, count = 1): void {
    if (count > 0) this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + count);
  }

  /** In the order in which the reasons first occurred. */
  list(): readonly IgnoredEvents[] {
    return [...this.#counts].map(([reason, count]) => ({ reason, count }));
  }
}

/** A text that is there and not longer than it may be; null for anything else. */
export function shortText(value: unknown, charactersMax: number): string | null {
  return typeof value === 'string' && value !== '' && value.length <= charactersMax ? value : null;
}
