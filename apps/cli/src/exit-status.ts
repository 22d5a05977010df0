import { type Label, matchedPackages } from '@soupcon/label';
import { type Severity, severities } from '@soupcon/model';

/** What the status of the process says; scripts rely on these numbers. */
export const exitStatus = {
  done: 0,
  policyBreached: 1,
  usage: 2,
  notScanned: 3,
  notComplete: 4,
  /** 128 and the number of SIGINT. */
  interrupted: 130,
} as const;

export interface Judgement {
  readonly status: 0 | 1 | 4;
  /** Sentences for the log: why the status is not 0, and what should be known although it is. */
  readonly reasons: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Whether a label is within what was asked for. A finding that breaks the limit outweighs what could not be told: what
 * is known to be wrong does not get better by not knowing the rest. Without `failOn` and `requireComplete` all is well.
 */
export function judge(
  label: Label,
  { failOn, requireComplete }: { failOn: Severity | null; requireComplete: boolean },
): Judgement {
  const { verdict } = label.completeness;
  const open = label.findings.filter((one) => one.suppressed === null);
  const breaking = failOn === null ? [] : open.filter((one) => isAtLeast(one.severity, failOn));
  const affected = breaking.filter((one) => one.state === 'affected').length;
  const undetermined = breaking.length - affected;
  const unknowns = [
    ...(failOn !== null && label.advisories === null
      ? ['the packages were not matched, so --fail-on cannot be answered; name advisories with --advisories']
      : []),
    ...(failOn !== null && label.advisories !== null && matchedPackages(label) === 0 && label.packages.length > 0
      ? ['none of the packages could be matched, so --fail-on cannot be answered']
      : []),
    ...(failOn !== null && verdict === 'unknown'
      ? ['the image could not be understood, so --fail-on cannot be answered']
      : []),
    ...(undetermined > 0 ? [`${count(undetermined)} of severity ${failOn} or worse cannot be determined`] : []),
    ...(requireComplete && verdict !== 'complete' ? [`the label is ${verdict}, and --require-complete is given`] : []),
  ];
  const breach = affected > 0 ? [`${count(affected)} of severity ${failOn} or worse`] : [];
  return {
    status: affected > 0 ? 1 : unknowns.length > 0 ? 4 : 0,
    reasons: [...breach, ...unknowns],
    warnings: [...unmatchedWarnings(label), ...(failOn === null ? [] : warningsOf(label, failOn))],
  };
}

/** A line for each kind of package that nothing was held against, whatever was asked for: its silence says nothing. */
function unmatchedWarnings({ advisories }: Label): string[] {
  return (advisories?.unmatched ?? []).map(
    ({ reason, packages }) => `${packages} ${packages === 1 ? 'package was' : 'packages were'} not matched: ${reason}`,
  );
}

function warningsOf({ completeness, findings }: Label, failOn: Severity): string[] {
  const unrated = findings.filter((one) => one.severity === 'unknown' && one.suppressed === null).length;
  return [
    ...(completeness.verdict === 'partial' ? ['parts of the image could not be read: there may be more to find'] : []),
    ...(failOn !== 'unknown' && unrated > 0
      ? [`${count(unrated)} of unknown severity ${unrated === 1 ? 'is' : 'are'} not held against --fail-on`]
      : []),
  ];
}

function isAtLeast(severity: Severity, limit: Severity): boolean {
  return severities.indexOf(severity) <= severities.indexOf(limit);
}

function count(findings: number): string {
  return `${findings} ${findings === 1 ? 'finding' : 'findings'}`;
}
