import { type Digest, isDigest } from '@soupcon/model';
import { isOwnUserAgent } from '@soupcon/net';
import { bareMediaType, isManifestType } from '../media-types.ts';
import { isRepositoryName, isTag } from '../reference.ts';
import { isAbsent, isFields, oneLine } from '../shape.ts';
import { Ignored, malformedDelivery, readBody, shortText, webhookLimits } from './delivery.ts';
import { toUtc } from './time.ts';
import type { IgnoredReason, ParsedDelivery, PushEvent, RegistryWebhook, WebhookDelivery } from './webhook.ts';

/**
 * Notifications of the distribution registry (`registry:2`, `registry:3`), which GitLab's registry sends too. A push of a
 * manifest has a tag only when it was put by tag: the images of an index come one by one without.
 */
export const distribution: RegistryWebhook = {
  id: 'distribution',
  source: 'https://distribution.github.io/distribution/about/notifications/',
  contentTypes: [
    'application/vnd.docker.distribution.events.v1+json',
    'application/vnd.docker.distribution.events.v2+json', // From 3.0 on, with the same fields.
    'application/json',
  ],
  parse: (delivery) => parseEnvelope(delivery),
};

function parseEnvelope(delivery: WebhookDelivery): ParsedDelivery {
  const { events: list } = readBody(distribution, delivery);
  // An empty list is written as `null` by Go.
  if (list === undefined || !(isAbsent(list) || Array.isArray(list))) throw malformedDelivery('events', 'not a list');
  const items: readonly unknown[] = list ?? [];
  const ignored = new Ignored();
  const events: PushEvent[] = [];
  for (const item of items.slice(0, webhookLimits.eventsMax)) {
    const event = readEvent(item);
    if (typeof event === 'string') ignored.add(event);
    else events.push(event);
  }
  ignored.add('beyond-limit', items.length - webhookLimits.eventsMax);
  return { events, ignored: ignored.list() };
}

function readEvent(item: unknown): PushEvent | IgnoredReason {
  if (!isFields(item)) return 'malformed';
  const { id, action, target, timestamp, request, actor } = item;
  const { useragent } = isFields(request) ? request : {};
  const reason = ignoredAction(action, useragent);
  if (reason !== null) return reason;
  if (!isFields(target)) return 'malformed';
  const { mediaType, url } = target;
  if (!(isAbsent(mediaType) || typeof mediaType === 'string')) return 'malformed';
  const type = bareMediaType(mediaType ?? '');
  if (!isManifestType(type)) return 'not-a-manifest';
  const named = readNames(target);
  if (named === null) return 'malformed';
  return {
    deliveryId: shortText(id, webhookLimits.idCharactersMax),
    ...named,
    mediaType: type,
    pushedAt: typeof timestamp === 'string' ? toUtc(timestamp) : null,
    actor: readActor(actor),
    host: readHost(request, url),
  };
}

/**
 * Null for a push. A push that names this program as its client is one all the same: the name is the pusher's own word,
 * and whoever could hide a push behind it would not be scanned.
 */
function ignoredAction(action: unknown, userAgent: unknown): IgnoredReason | null {
  if (typeof action !== 'string') return 'malformed';
  if (action === 'push') return null;
  if (action === 'pull') return typeof userAgent === 'string' && isOwnUserAgent(userAgent) ? 'own-read' : 'pull';
  return action === 'mount' || action === 'delete' ? action : 'action-unknown';
}

type Names = Pick<PushEvent, 'repository' | 'tag' | 'digest'>;

/** Null when a name is not of its grammar, or when there is neither tag nor digest to ask for. */
function readNames({ repository, tag, digest }: Readonly<Record<string, unknown>>): Names | null {
  if (typeof repository !== 'string' || !isRepositoryName(repository)) return null;
  const said = isAbsent(tag) || tag === '' ? null : tag;
  if (said !== null && (typeof said !== 'string' || !isTag(said))) return null;
  const known = readDigest(digest);
  if (known === undefined || (known === null && said === null)) return null;
  return { repository, tag: said, digest: known };
}

/** Null when there is none, or one of another kind than sha256: the tag can be asked for all the same. */
function readDigest(value: unknown): Digest | null | undefined {
  if (isAbsent(value) || value === '') return null;
  if (isDigest(value)) return value;
  const isOther = typeof value === 'string' && /^(?!sha256:)[a-z0-9+._-]{1,32}:[A-Za-z0-9=_-]{1,256}$/.test(value);
  return isOther ? null : undefined;
}

function readActor(actor: unknown): string | null {
  const { name } = isFields(actor) ? actor : {};
  return typeof name === 'string' ? oneLine(name, webhookLimits.actorCharactersMax) || null : null;
}

/** What the pusher called the registry, else what the registry calls itself. */
function readHost(request: unknown, url: unknown): string | null {
  const { host } = isFields(request) ? request : {};
  const said = shortText(host, webhookLimits.hostCharactersMax);
  if (said !== null) return /^[\w.:[\]-]+$/.test(said) ? said.toLowerCase() : null;
  return typeof url === 'string' && URL.canParse(url)
    ? shortText(new URL(url).host, webhookLimits.hostCharactersMax)
    : null;
}
