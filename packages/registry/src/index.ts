export type { Credential, CredentialSource, TokenCache } from './auth.ts';
export { anonymous, createTokenCache } from './auth.ts';
export type { Repository } from './call.ts';
export type { RegistryClient, RegistryClientOptions } from './client.ts';
export { createRegistryClient } from './client.ts';
export type { DockerCredentialsOptions } from './credentials.ts';
export { dockerCredentials } from './credentials.ts';
export type { OpenImageOptions } from './open.ts';
export { listPlatforms, openImage } from './open.ts';
export type { ManifestDocument, ManifestHead } from './pull.ts';
export type { PushedBlob, PushedManifest, PushOutcome } from './push.ts';
export type { LayoutPush } from './push-layout.ts';
export { pushLayout } from './push-layout.ts';
export type { Reference } from './reference.ts';
export { formatReference, isRepositoryName, isTag, parseReference } from './reference.ts';
export type { PlatformEntry } from './resolve.ts';
export type { GivenCredential } from './sealed-credential.ts';
export { readCredential, writeCredential } from './sealed-credential.ts';
export type { InspectedReference } from './sources/registry.ts';
export { inspectReference, openInspected } from './sources/registry.ts';
export type { TagList } from './tags.ts';
export { acceptsContentType, webhookLimits } from './webhooks/delivery.ts';
export { webhooks } from './webhooks/registered.ts';
export type {
  IgnoredEvents,
  IgnoredReason,
  ParsedDelivery,
  PushEvent,
  RegistryWebhook,
  WebhookDelivery,
} from './webhooks/webhook.ts';
