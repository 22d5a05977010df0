import type { BodySink } from '../entry.ts';
import type { SparseRun } from './header.ts';

const zeros = new Uint8Array(64 * 1024);

/** Runs in order, without overlap, within the file. */
export function isSparseMapValid(map: readonly SparseRun[], realSize: number, storedSize: number): boolean {
  let end = 0;
  let stored = 0;
  for (const { offset, size } of map) {
    if (offset < end || offset + size > realSize) return false;
    end = offset + size;
    stored += size;
  }
  return stored <= storedSize;
}

/** Numbers as text `offset,size,offset,size...` of GNU's sparse formats 0.0 and 0.1. */
export function readSparseText(text: string): SparseRun[] | null {
  const numbers = text === '' ? [] : text.split(',').map(Number);
  if (numbers.length % 2 !== 0 || !numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return null;
  return Array.from({ length: numbers.length / 2 }, (_, index) => ({
    offset: numbers[index * 2] ?? 0,
    size: numbers[index * 2 + 1] ?? 0,
  }));
}

/** A sink for stored bytes that hands on the file as it would be read, with its holes as zeros. */
export function expandSparse(sink: BodySink, map: readonly SparseRun[], realSize: number): BodySink {
  let run = 0;
  let at = 0;
  let wanted = true;
  const give = (piece: Uint8Array) => {
    at += piece.length;
    if (wanted) wanted = sink.write(piece);
  };
  const hole = (until: number) => {
    while (wanted && at < until) give(zeros.subarray(0, Math.min(zeros.length, until - at)));
    at = Math.max(at, until);
  };
  return {
    write(piece) {
      let rest = piece;
      while (wanted && rest.length > 0) {
        const current = map[run];
        if (current === undefined) return false;
        hole(current.offset);
        const take = rest.subarray(0, current.offset + current.size - at);
        rest = rest.subarray(take.length);
        give(take);
        if (at >= current.offset + current.size) run += 1;
      }
      return wanted;
    },
    end(whole) {
      if (whole) hole(realSize);
      sink.end(whole);
    },
  };
}
