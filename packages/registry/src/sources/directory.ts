import { stat } from 'node:fs/promises';
import { AppError, type ImageSource, type Platform } from '@soupcon/model';
import { emptyConfig } from '../config.ts';

/**
 * A root file system as an image of one layer. It says nothing of itself: no digest, no history, and no platform but
 * the one given. @throws {AppError} `source_not_found` when it is not a directory.
 */
export async function openDirectory(path: string, reference: string, platform: Platform | null): Promise<ImageSource> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new AppError('source_not_found', { subject: `${path} does not exist` });
  if (!found.isDirectory()) throw new AppError('source_not_found', { subject: `${path} is not a directory` });
  return {
    image: {
      reference,
      digest: null,
      mediaType: null,
      platform,
      created: null,
      size: null,
      config: { ...emptyConfig, platform },
      layers: [{ index: 0, digest: null, diffId: null, size: null, mediaType: 'inode/directory' }],
      problems: [],
    },
    layer: () => ({ kind: 'directory', path }),
    access: { order: [0], parallel: true },
    close: async () => {},
  };
}
