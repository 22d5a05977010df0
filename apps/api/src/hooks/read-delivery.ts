import { createHash } from 'node:crypto';
import { AppError } from '@soupcon/model';
import { acceptsContentType, type PushEvent, type RegistryWebhook } from '@soupcon/registry';
import type { system } from '@soupcon/store';

/** What a delivery says. */
export interface ReadDelivery {
  readonly events: readonly system.hooks.HookEvent[];
  /** What we do not act on, by reason. */
  readonly ignored: readonly { readonly reason: string; readonly count: number }[];
  /** It is of a content type that is not the webhook's, and nothing of it could be read. */
  readonly isForeign: boolean;
}

/**
 * Reads a delivery and never fails on what it says: whoever answers a registry with an error is sent the same again, for
 * ever, and what comes behind it waits. A content type that is not the webhook's is passed over when the body is one.
 */
export function readDelivery(
  webhook: RegistryWebhook,
  { body, contentType, receivedAt }: { body: Uint8Array; contentType: string | undefined; receivedAt: Date },
): ReadDelivery {
  const isKnown = acceptsContentType(webhook, contentType);
  const headers = { 'content-type': isKnown ? (contentType ?? '') : (webhook.contentTypes[0] ?? '') };
  try {
    const { events, ignored } = webhook.parse({ body, headers });
    return { events: events.map((event) => hookEvent(webhook.id, event, receivedAt)), ignored, isForeign: false };
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'webhook_malformed') throw error;
    return { events: [], ignored: [{ reason: 'malformed-delivery', count: 1 }], isForeign: !isKnown };
  }
}

function hookEvent(provider: string, event: PushEvent, receivedAt: Date): system.hooks.HookEvent {
  const { repository, tag, digest, mediaType, pushedAt } = event;
  return { key: eventKey(provider, event, receivedAt), repository, tag, digest, mediaType, pushedAt };
}

const windowMs = 10 * 60 * 1000;

const plainId = /^[\x21-\x7e]+$/;

/** The sender's id; of one that gives none, what it says and when, or in which ten minutes it came. */
export function eventKey(provider: string, event: PushEvent, receivedAt: Date): string {
  const { deliveryId } = event;
  if (deliveryId !== null && plainId.test(deliveryId)) return deliveryId;
  const { repository, tag, digest, pushedAt } = event;
  const at = deliveryId ?? pushedAt ?? `received ${Math.floor(receivedAt.getTime() / windowMs)}`;
  const text = JSON.stringify([provider, repository, tag, digest, at]);
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
