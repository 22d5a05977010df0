import type { Finding, FixState, Rating, Severity } from '@soupcon/model';
import { type Property, property, type References, versionText } from './cyclonedx-parts.ts';
import type { Label } from './label.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * One vulnerability for each flaw and each different thing that is said of it: packages for which the same is said are
 * listed together under `affects`.
 * @param refsOf the components of a purl.
 */
export function vulnerabilities(
  { findings, packages }: Label,
  { refsOf, references }: { refsOf: ReadonlyMap<string, readonly string[]>; references: References },
): Fields[] {
  const versionOf = new Map(packages.map(({ purl, version }) => [purl, versionText(version)]));
  const groups = new Map<string, { said: Fields; id: string; affects: Map<string, Fields> }>();
  for (const finding of findings) {
    const said = vulnerability(finding);
    const key = JSON.stringify(said);
    const group = groups.get(key) ?? { said, id: finding.id, affects: new Map<string, Fields>() };
    groups.set(key, group);
    const version = versionOf.get(finding.package);
    for (const ref of refsOf.get(finding.package) ?? []) {
      const status = finding.state === 'affected' ? 'affected' : 'unknown';
      group.affects.set(ref, { ref, ...(version === undefined ? {} : { versions: [{ version, status }] }) });
    }
  }
  return [...groups.values()].map(({ said, id, affects }) => ({
    'bom-ref': references.take(`vulnerability ${id}`),
    ...said,
    affects: [...affects.values()],
  }));
}

function vulnerability(finding: Finding): Fields {
  const { fixedIn, summary } = finding;
  const names = finding.advisories.filter((id) => id !== finding.id);
  const aliases = finding.aliases.filter((id) => id !== finding.id && !names.includes(id));
  return {
    id: finding.id,
    source: sourceOf(finding.id),
    ...(names.length + aliases.length === 0
      ? {}
      : { references: [...names, ...aliases].map((id) => ({ id, source: sourceOf(id) })) }),
    ratings: ratings(finding),
    ...(summary === null ? {} : { description: summary }),
    ...(fixedIn === null ? {} : { recommendation: `Update to ${fixedIn} or later.` }),
    analysis: analysis(finding),
    properties: properties(finding),
  };
}

function properties(finding: Finding): Property[] {
  return [
    ...property('finding:state', finding.state),
    ...property('finding:severity', finding.severity),
    ...property('finding:fixState', finding.fixState),
    ...property('finding:fixedIn', finding.fixedIn),
    ...property('finding:kev', finding.kev),
    ...property('finding:epss', finding.epss),
  ];
}

/** Who names the flaw so. An address is given only where the id is surely of the form that it is made of. */
function sourceOf(id: string): Fields {
  const plain = /^[A-Za-z0-9-]{1,64}$/.test(id);
  if (/^CVE-\d{4}-\d{4,}$/.test(id)) return { name: 'NVD', url: `https://nvd.nist.gov/vuln/detail/${id}` };
  if (plain && id.startsWith('GHSA-')) return { name: 'GitHub', url: `https://github.com/advisories/${id}` };
  return plain ? { name: 'OSV', url: `https://osv.dev/vulnerability/${id}` } : { name: 'OSV' };
}

const severityWords: Readonly<Record<Severity, string>> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  negligible: 'info',
  unknown: 'unknown',
};

/** Readers take the first rating for the flaw's: first are those that agree with the finding's own severity. */
function ratings({ ratings: given, severity }: Finding): Fields[] {
  const agree = given.filter((one) => one.severity === severity);
  const own =
    agree.length > 0 ? [] : [{ source: { name: 'Soupcon' }, severity: severityWords[severity], method: 'other' }];
  return [...own, ...[...agree, ...given.filter((one) => one.severity !== severity)].map(rating)];
}

function rating({ source, severity, score, vector }: Rating): Fields {
  return {
    source: { name: source },
    ...(score === null ? {} : { score }),
    severity: severityWords[severity],
    method: methodOf(vector),
    ...(vector === null ? {} : { vector }),
  };
}

/** The vector says by itself which method made it. @see https://www.first.org/cvss/ */
function methodOf(vector: string | null): string {
  if (vector === null) return 'other';
  if (vector.startsWith('CVSS:4.')) return 'CVSSv4';
  if (vector.startsWith('CVSS:3.1/')) return 'CVSSv31';
  if (vector.startsWith('CVSS:3.0/')) return 'CVSSv3';
  return /^\(?AV:[NAL]\/AC:[HML]\/Au:/.test(vector) ? 'CVSSv2' : 'other';
}

const responses: Readonly<Partial<Record<FixState, string>>> = {
  fixed: 'update',
  'wont-fix': 'will_not_fix',
  'end-of-life': 'can_not_fix',
};

/** VEX' words in CycloneDX'. @see https://cyclonedx.org/docs/1.6/json/#vulnerabilities_items_analysis_justification */
const justifications: Readonly<Record<string, string>> = {
  component_not_present: 'code_not_present',
  vulnerable_code_not_present: 'code_not_present',
  vulnerable_code_not_in_execute_path: 'code_not_reachable',
  vulnerable_code_cannot_be_controlled_by_adversary: 'requires_environment',
  inline_mitigations_already_exist: 'protected_by_mitigating_control',
};

/**
 * That a version is in a range is not yet an analysis: the state is `in_triage` until somebody said more. A VEX
 * statement says it is not affected; an accepted risk stays one, so it is `exploitable` and will not be fixed.
 */
function analysis({ suppressed, fixState, state, evidence }: Finding): Fields {
  if (suppressed === null) {
    const response = responses[fixState];
    const why = state === 'affected' ? undefined : evidence.find((one) => one.undetermined !== null)?.undetermined;
    return {
      state: 'in_triage',
      ...(response === undefined ? {} : { response: [response] }),
      ...(state === 'affected' ? {} : { detail: `Undetermined${why ? `: ${why}` : ''}` }),
    };
  }
  const { by, id, justification, until } = suppressed;
  const known =
    justification !== null && Object.hasOwn(justifications, justification) ? justifications[justification] : null;
  const parts = [`${by === 'vex' ? 'VEX statement' : 'Exception'} ${id}`, justification, until && `until ${until}`];
  return {
    ...(by === 'vex' ? { state: 'not_affected' } : { state: 'exploitable', response: ['will_not_fix'] }),
    ...(by === 'vex' && known ? { justification: known } : {}),
    detail: parts.filter(Boolean).join(', '),
  };
}
