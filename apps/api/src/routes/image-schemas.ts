import { severities } from '@soupcon/model';
import { z } from 'zod';
import { instant } from './schemas.ts';

/** Parts of the label, as they stand in it. */

const named = z.object({ name: z.string(), version: z.string() });

export const packageOf = z
  .object({
    purl: z.string(),
    type: z.string(),
    name: z.string(),
    version: z.string(),
    architecture: z.string().nullable(),
    source: named.nullable(),
    licenses: z.array(z.string()).readonly(),
    locations: z.array(z.object({ path: z.string(), layer: z.int() })).readonly(),
    introducedIn: z.int(),
    foundBy: z.string(),
    aliases: z.array(z.string()).readonly(),
  })
  .meta({ id: 'Package' });

export const layer = z
  .object({
    index: z.int(),
    digest: z.string().nullable(),
    diffId: z.string().nullable(),
    size: z.int().nullable(),
    instruction: z.string().nullable(),
    packages: z.int(),
    base: z.boolean(),
  })
  .meta({ id: 'Layer' });

const rating = z.object({
  source: z.string(),
  method: z.string(),
  severity: z.enum(severities),
  score: z.number().nullable(),
  vector: z.string().nullable(),
});

const evidence = z.object({
  advisory: z.string(),
  modified: z.string(),
  ecosystem: z.string(),
  name: z.string(),
  version: z.string(),
  scheme: z.string(),
  range: z
    .object({ introduced: z.string().nullable(), fixed: z.string().nullable(), lastAffected: z.string().nullable() })
    .nullable(),
  undetermined: z.string().nullable(),
});

export const fixStates = [
  'fixed',
  'not-fixed',
  'wont-fix',
  'deferred',
  'end-of-life',
  'under-investigation',
  'unknown',
] as const;

export const finding = z
  .object({
    id: z.string(),
    aliases: z.array(z.string()).readonly(),
    advisories: z.array(z.string()).readonly(),
    package: z.string(),
    state: z.enum(['affected', 'undetermined']),
    fixedIn: z.string().nullable(),
    fixState: z.enum(fixStates),
    severity: z.enum(severities),
    ratings: z.array(rating).readonly(),
    kev: z.boolean(),
    epss: z.number().nullable(),
    layer: z.int(),
    suppressed: z
      .object({
        by: z.enum(['vex', 'exception']),
        id: z.string(),
        justification: z.string().nullable(),
        until: z.string().nullable(),
      })
      .nullable(),
    evidence: z.array(evidence).readonly(),
    summary: z.string().nullable(),
    since: instant.describe('Since when it has been known here.'),
    until: instant.nullable().describe('Null while it holds.'),
  })
  .meta({ id: 'Finding' });
