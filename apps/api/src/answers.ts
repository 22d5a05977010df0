import { type ErrorCode, errorTable } from '@soupcon/model';
import type { z } from 'zod';
import { problemSchema } from './problem.ts';

/** Errors that any route with a key may answer. */
const ofEveryRoute = ['unauthenticated', 'too_many_requests', 'unexpected_fault', 'database_unavailable'] as const;

/**
 * The answers of a route: what it gives when it does, and problem details for each code it may fail with. Only the former
 * are seen by the compiler: errors are thrown, never returned.
 */
export function answers<Good extends Record<number, z.ZodType>>(good: Good, ...codes: readonly ErrorCode[]): Good {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...codes, ...ofEveryRoute])) {
    const { status } = errorTable[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  const problems = [...byStatus].map(([status, all]) => [
    status,
    {
      description: all.map((code) => `\`${code}\`: ${errorTable[code].message}.`).join(' '),
      content: { 'application/problem+json': { schema: problemSchema } },
    },
  ]);
  return { ...good, ...Object.fromEntries(problems) };
}

/** How a route that needs a key says so in the description of the interface. */
export const withKey = [{ apiKey: [] }];
