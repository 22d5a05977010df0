import { setTimeout as wait } from 'node:timers/promises';
import type { Label } from '@soupcon/label';
import { AppError, type Digest } from '@soupcon/model';
import { createRegistryClient, pushLayout } from '@soupcon/registry';
import { buildDemoImage, pushImage } from './image.ts';
import { type Props, repository, type Stage } from './stage.ts';

const tag = '1.0';
const lookMs = 50;
const patienceMs = 10 * 60_000;

/** Pushes the image that was named, or one that is built, and waits for the label that the push alone leads to. */
export async function pushAndWait(props: Props, stage: Stage): Promise<{ label: Label; digest: string }> {
  const digest = await push(props, stage);
  props.io.say('pushed; the registry notifies the service');
  const startedAt = performance.now();
  await scanned(props, stage, digest);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  props.io.say(`the label is there, ${seconds} s after the push`);
  const label = (await stage.client.call('GET', `/v1/images/${digest}/label`)) as Label;
  return { label, digest };
}

async function push({ io, command, net, logger, signal }: Props, { registry }: Stage): Promise<Digest> {
  const client = createRegistryClient({ net, logger, insecure: [registry.host] });
  const to = { registry: registry.host, repository };
  if (command.image !== null) {
    io.say(`pushing ${command.image} to ${registry.host}/${repository}:${tag}`);
    return pushLayout({ layout: command.image.slice('oci:'.length), client, to, tag, signal });
  }
  io.say('building an image of what is on this machine');
  const image = await buildDemoImage();
  try {
    for (const note of image.notes) io.say(note);
    io.say(`pushing ${image.layers.length} layers to ${registry.host}/${repository}:${tag}`);
    return await pushImage(image, { client, to, tag, signal });
  } finally {
    await image.remove();
  }
}

interface ScanRow {
  readonly state: string;
  readonly reason: { readonly text: string | null } | null;
  readonly resolvedDigest: string | null;
  readonly tag: string | null;
}

/** @throws {AppError} when the scan ends in another way than with a label. */
async function scanned({ signal }: Props, { client, repositoryId }: Stage, digest: string): Promise<void> {
  const deadline = performance.now() + patienceMs;
  while (performance.now() < deadline) {
    const { items } = (await client.call('GET', `/v1/scans?repository=${repositoryId}`)) as { items: ScanRow[] };
    const ours = items.find((one) => one.tag === tag);
    if (ours?.state === 'done' && ours.resolvedDigest === digest) return;
    if (ours !== undefined && ['failed', 'skipped', 'cancelled'].includes(ours.state)) {
      throw new AppError('manifest_unsupported', { subject: ours.reason?.text ?? ours.state });
    }
    await wait(lookMs, undefined, { signal });
  }
  throw new AppError('deadline_exceeded', { subject: `the scan of ${digest}` });
}
