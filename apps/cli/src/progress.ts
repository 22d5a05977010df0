import type { LayerProgress } from '@soupcon/inventory';

const intervalMs = 100;
const linesMax = 8;
const barColumns = 24;

/** Where progress is drawn: standard error. `columns` null when it is not a terminal. */
export interface ProgressScreen {
  write(text: string): void;
  readonly columns: number | null;
}

export interface Progress {
  report(progress: LayerProgress): void;
  /** Takes away what was drawn. */
  clear(): void;
}

const silent: Progress = { report: () => {}, clear: () => {} };

/**
 * A bar for each layer that is being read, redrawn at most ten times a second; without a terminal nothing, or a line for
 * each layer that is done.
 * @param now milliseconds; for the pace of drawing alone.
 */
export function createProgress(
  screen: ProgressScreen,
  { quiet, verbose, now = () => performance.now() }: { quiet: boolean; verbose: boolean; now?: () => number },
): Progress {
  if (quiet) return silent;
  if (screen.columns !== null) return bars(screen, screen.columns, now);
  if (!verbose) return silent;
  return {
    report({ layer, layers, bytes, done }) {
      if (done) screen.write(`layer ${layer}, one of ${layers}: read, ${bytesText(bytes)}\n`);
    },
    clear: () => {},
  };
}

function bars(screen: ProgressScreen, columns: number, now: () => number): Progress {
  const states = new Map<number, LayerProgress>();
  let drawn = 0;
  let drawnAt = Number.NEGATIVE_INFINITY;
  const erase = () => {
    // Up to the first line of ours, and everything from there on is cleared.
    if (drawn > 0) screen.write(`\u001b[${drawn}A\r\u001b[J`);
    drawn = 0;
  };
  return {
    report(progress) {
      states.set(progress.layer, progress);
      const at = now();
      if (at - drawnAt < intervalMs) return;
      drawnAt = at;
      const lines = progressLines([...states.values()], columns);
      erase();
      screen.write(lines.map((line) => `${line}\n`).join(''));
      drawn = lines.length;
    },
    clear: erase,
  };
}

/** The layers that are being read, the lowest first, and how many are done. No line is wider than `columns`. */
export function progressLines(states: readonly LayerProgress[], columns: number): string[] {
  const layers = states[0]?.layers ?? 0;
  const done = states.filter((one) => one.done).length;
  const active = states.filter((one) => !one.done).sort((a, b) => a.layer - b.layer);
  const lines = active.slice(0, linesMax).map(({ layer, bytes, total }) => {
    const share = total === null || total <= 0 ? null : Math.min(1, bytes / total);
    const filled = Math.round((share ?? 0) * barColumns);
    const bar = share === null ? '' : `[${'#'.repeat(filled)}${' '.repeat(barColumns - filled)}] `;
    return `layer ${String(layer).padStart(3)}  ${bar}${total === null ? `${bytes}` : `${bytesText(bytes)} of ${bytesText(total)}`}`;
  });
  return [...lines, `${done} of ${layers} layers read`].map((line) => line.slice(0, Math.max(1, columns - 1)));
}

function bytesText(bytes: number): string {
  const mebi = bytes / (1024 * 1024);
  return mebi >= 1 ? `${mebi.toFixed(1)} MiB` : `${(bytes / 1024).toFixed(1)} KiB`;
}
