import { type HistoryEntry, type Problem, problem } from '@soupcon/model';

/** `instructions` has one for each layer, or is all null; the first `baseLayers` layers are of the base image. */
export interface AlignedHistory {
  readonly instructions: readonly (string | null)[];
  readonly baseLayers: number;
  readonly problems: readonly Problem[];
}

/**
 * Which instruction made which layer: each step that is not marked empty takes the next one. When the numbers differ,
 * nothing is said of any layer rather than something wrong.
 *
 * The base image is guessed: going back from the last step, past those at the end that made no layer, the first empty
 * step that sets a command or an entry point is taken for the last one of the base.
 * @see https://github.com/opencontainers/image-spec/blob/main/config.md#properties
 */
export function alignHistory(history: readonly HistoryEntry[], layers: number): AlignedHistory {
  const unknown = Array.from({ length: layers }, () => null);
  if (history.length === 0) return { instructions: unknown, baseLayers: 0, problems: [] };
  const steps = history.filter(({ emptyLayer }) => !emptyLayer);
  if (steps.length !== layers) {
    const more = `${steps.length} steps for ${layers} layers`;
    return { instructions: unknown, baseLayers: 0, problems: [problem('history_mismatch', { more })] };
  }
  const lastOfBase = findBaseEnd(history);
  return {
    instructions: steps.map(({ createdBy }) => readableInstruction(createdBy)),
    baseLayers: history.slice(0, lastOfBase + 1).filter(({ emptyLayer }) => !emptyLayer).length,
    problems: [],
  };
}

/** Index of the last step of the base image, or -1. */
function findBaseEnd(history: readonly HistoryEntry[]): number {
  const lastLayer = history.findLastIndex(({ emptyLayer }) => !emptyLayer);
  return history
    .slice(0, Math.max(0, lastLayer))
    .findLastIndex(
      (step) => step.emptyLayer && /^(?:CMD|ENTRYPOINT)\b/.test(readableInstruction(step.createdBy) ?? ''),
    );
}

const rawMax = 64 * 1024;
const textMax = 4096;

/** A shell with its options, as builders put it before a command. */
const shell = /^(?:\/\S*\/)?(?:ba|da|a|z)?sh(?: -\S+(?: pipefail)?)* -\w*c (?=\S)/;

/**
 * A step as its Dockerfile had it, as far as can be told: `RUN` before a command, without the shell, the build
 * arguments and the builder's marks, on one line of at most 4096 characters. Null when there is nothing.
 */
export function readableInstruction(createdBy: string | null): string | null {
  let text = (createdBy ?? '')
    .slice(0, rawMax)
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/ # buildkit$/, '');
  const isRun = text.startsWith('RUN ');
  if (isRun) text = text.slice(4);
  const shellAt = /^\|\d+ /.test(text) ? text.search(/ (?:\/\S*\/)?(?:ba|da|a|z)?sh -/) : -1;
  if (shellAt !== -1) text = text.slice(shellAt + 1);
  const bare = text.replace(shell, '').replace(/^cmd \/S \/C /i, '');
  const isCommand = bare !== text || isRun;
  text = bare.startsWith('#(nop)') ? bare.slice('#(nop)'.length).trim() : `${isCommand ? 'RUN ' : ''}${bare}`;
  if (text === '') return null;
  return text.length > textMax ? `${text.slice(0, textMax - 1)}…` : text;
}
