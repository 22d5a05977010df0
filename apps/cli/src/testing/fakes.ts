import { Writable } from 'node:stream';
import type { AdvisorySnapshot, Finding, ImageSource, Inventory, ResolvedImage, Unmatched } from '@soupcon/model';
import { createIo, type Io } from '../io.ts';
import type { ScanSteps } from '../pipeline.ts';

/** A scan without an image, a network or a worker: what each step gives is said by the test. */
export const fakeImage: ResolvedImage = {
  reference: 'registry.example/app:1',
  digest: null,
  mediaType: null,
  platform: { os: 'linux', architecture: 'amd64' },
  created: null,
  size: null,
  config: { platform: null, created: null, diffIds: null, history: [], user: null, env: [], labels: {} },
  layers: [],
  problems: [],
};

export function fakeInventory(fields: Partial<Inventory> = {}): Inventory {
  return {
    distro: null,
    completeness: { verdict: 'complete', executables: { files: 0, bytes: 0, explainedBytes: 0 }, reasons: [] },
    layers: [],
    packages: [],
    removed: [],
    problems: [],
    ...fields,
  };
}

export function fakeFinding(fields: Partial<Finding> = {}): Finding {
  return {
    id: 'CVE-2024-1',
    aliases: [],
    advisories: ['CVE-2024-1'],
    package: 'pkg:npm/a@1',
    state: 'affected',
    fixedIn: null,
    fixState: 'unknown',
    severity: 'high',
    ratings: [],
    kev: false,
    epss: null,
    layer: 0,
    suppressed: null,
    evidence: [],
    summary: null,
    ...fields,
  };
}

const fakeSnapshot: AdvisorySnapshot = { snapshot: '2026-11-20T00:00:00Z', records: 1 };

export interface Calls {
  closed: number;
  place: string | null;
}

export function fakeSteps(
  {
    inventory = fakeInventory(),
    findings = [],
    unmatched = [],
    warnings = [],
  }: {
    inventory?: Inventory;
    findings?: readonly Finding[];
    unmatched?: readonly Unmatched[];
    warnings?: readonly string[];
  },
  calls: Calls = { closed: 0, place: null },
): ScanSteps {
  const source: ImageSource = {
    image: fakeImage,
    layer: () => ({ kind: 'directory', path: '/' }),
    access: { order: [], parallel: true },
    close: async () => {
      calls.closed += 1;
    },
  };
  return {
    openImage: async () => source,
    takeInventory: async (_, { onProgress }) => {
      onProgress({ layer: 0, layers: 1, bytes: 1, total: 2, done: false });
      return inventory;
    },
    readSbom: async (_, reference) => ({ image: { ...fakeImage, reference }, inventory }),
    matchStored: async () => null,
    match: async (place) => {
      calls.place = place;
      return { findings, snapshot: fakeSnapshot, unmatched, warnings };
    },
  };
}

/** Streams that remember what was written. */
export function fakeIo({ input = [], columns = null }: { input?: readonly string[]; columns?: number | null } = {}) {
  const written = { stdout: '', stderr: '' };
  const stdout = new Writable({
    decodeStrings: false,
    write(chunk: string, _, done) {
      written.stdout += chunk;
      done();
    },
  });
  const stderr = {
    columns,
    write: (text: string) => {
      written.stderr += text;
    },
  };
  async function* stdin() {
    yield* input;
  }
  const io: Io = createIo({ stdin: stdin(), stdout, stdoutColumns: columns, stderr });
  return { io, written };
}
