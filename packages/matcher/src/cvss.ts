import type { Severity } from '@soupcon/model';
import calculator from 'ae-cvss-calculator';

/** A vector's score, 0 to 10; null when it is no complete vector of its version. `method` in the words of CycloneDX. */
export interface CvssScore {
  readonly method: 'CVSSv2' | 'CVSSv3' | 'CVSSv31' | 'CVSSv4';
  readonly score: number | null;
  readonly severity: Severity;
}

/** Newest first: an advisory that gives several is taken at its newest word. */
export const cvssMethods = ['CVSSv4', 'CVSSv31', 'CVSSv3', 'CVSSv2'] as const;

/**
 * Reads a CVSS vector of any version, by its prefix and not by what the advisory calls it, which is often wrong between
 * 3.0 and 3.1. Of v2 and v3 it is the base score, as databases print it; of v4 the score of all that the vector says.
 * @returns null for text that is no vector at all. Never throws.
 * @see https://www.first.org/cvss/
 */
export function scoreVector(text: string): CvssScore | null {
  const vector = text.trim();
  const method = methodOf(vector);
  if (method === null) return null;
  const score = compute(method, vector);
  return { method, score, severity: score === null ? 'unknown' : severityOfScore(score) };
}

/** The qualitative scale of CVSS 3.1 and 4.0, with `none` as our `negligible`. Version 2 is put on it as well. */
export function severityOfScore(score: number): Severity {
  if (score >= 9) return 'critical';
  if (score >= 7) return 'high';
  if (score >= 4) return 'medium';
  return score > 0 ? 'low' : 'negligible';
}

function methodOf(vector: string): CvssScore['method'] | null {
  if (vector.startsWith('CVSS:4.0/')) return 'CVSSv4';
  if (vector.startsWith('CVSS:3.1/')) return 'CVSSv31';
  if (vector.startsWith('CVSS:3.0/')) return 'CVSSv3';
  return /^\(?AV:[LAN]\/AC:[LMH]\/Au:[MSN]\//.test(vector) ? 'CVSSv2' : null;
}

function compute(method: CvssScore['method'], vector: string): number | null {
  // The library prints a warning for each part that is not one: such text does not reach it.
  if (!/^\(?(?:CVSS:\d\.\d\/)?[A-Za-z]{1,3}:[A-Za-z]+(?:\/[A-Za-z]{1,3}:[A-Za-z]+)*\)?$/.test(vector)) return null;
  try {
    const parsed = parse(method, vector);
    if (!parsed.isBaseFullyDefined()) return null;
    const { base, overall } = parsed.calculateScores();
    const score = method === 'CVSSv4' ? overall : base;
    return typeof score === 'number' && score >= 0 && score <= 10 ? score : null;
  } catch {
    return null; // The library throws for what is no vector: that is the answer, and the vector is shown as it is.
  }
}

function parse(method: CvssScore['method'], vector: string) {
  switch (method) {
    case 'CVSSv4':
      return new calculator.Cvss4P0(vector);
    case 'CVSSv31':
      return new calculator.Cvss3P1(vector);
    case 'CVSSv3':
      return new calculator.Cvss3P0(vector);
    case 'CVSSv2':
      return new calculator.Cvss2(vector.replace(/^\(|\)$/g, ''));
  }
}
