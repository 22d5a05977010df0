import { distribution } from './distribution.ts';
import type { RegistryWebhook } from './webhook.ts';

/** Every webhook there is. A new one is a file beside this, named by its id, with deliveries in `fixtures/<id>/`. */
export const webhooks: readonly RegistryWebhook[] = [distribution];
