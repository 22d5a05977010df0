import { AppError } from './errors.ts';

/** Words of Go: `linux`, `amd64`, variant `v7`. `osVersion` is Windows' only. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly osVersion?: string;
}

/** `os/architecture[/variant]`. @throws {AppError} `platform_malformed`. */
export function parsePlatform(text: string): Platform {
  const match = /^([a-z0-9._-]+)\/([a-z0-9._-]+)(?:\/([a-z0-9._-]+))?$/i.exec(text);
  const [, os, architecture, variant] = match ?? [];
  if (!os || !architecture) throw new AppError('platform_malformed', { subject: JSON.stringify(text.slice(0, 100)) });
  return { os, architecture, ...(variant ? { variant } : {}) };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant ? `${os}/${architecture}/${variant}` : `${os}/${architecture}`;
}

/** What `linux/<this>` a host of Node's `process.arch` runs. */
export function hostArchitecture(arch: string): string {
  const names: Record<string, string> = { x64: 'amd64', ia32: '386', arm: 'arm', arm64: 'arm64' };
  return names[arch] ?? arch;
}
