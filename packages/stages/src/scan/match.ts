import { appliesTo, type VexStatement } from '@nx-linuxkit/sbom';
import type { Advisory } from './feed/advisory.js';
import type { Finding } from './finding.js';
import { verdictOn, type Verdict } from './is-affected.js';
import { isOfRelease } from './release.js';
import { SEVERITIES } from './severity.js';
import type { ScanTarget, ScanTargets } from './targets.js';
import { COMPARATORS } from './versions/comparators.js';

/** Matches advisories with the packages of a system, one advisory at a time, and keeps what it finds. */
export class Matcher {
  private readonly found = new Map<string, Finding>();

  constructor(
    private readonly targets: ScanTargets,
    private readonly statements: readonly VexStatement[],
  ) {}

  /** Looks for the package of an advisory. */
  match(advisory: Advisory): void {
    const compare = COMPARATORS.get(advisory.ecosystem);
    if (!compare) return;
    for (const target of this.targets.named(advisory.ecosystem, advisory.package)) {
      if (!isOfRelease(advisory.release, target.component.distribution)) continue;
      const verdict = verdictOn(target.version, advisory, compare);
      if (verdict.isAffected) this.add(findingOf(advisory, target, verdict, this.statements));
    }
  }

  /** What was found: the worst first, then by name. */
  findings(): Finding[] {
    const rank = ({ severity }: Finding) => SEVERITIES.indexOf(severity);
    const keyed = [...this.found].sort(
      ([a, left], [b, right]) => rank(right) - rank(left) || (a < b ? -1 : 1),
    );
    return keyed.map(([, finding]) => finding);
  }

  /** The same vulnerability of the same package may come from several entries, and in several images. */
  private add(finding: Finding): void {
    const { id, package: of } = finding;
    const key = [id, of.type, of.name, of.version].join(' ');
    const known = this.found.get(key);
    this.found.set(key, known ? joined(known, finding) : finding);
  }
}

function findingOf(
  advisory: Advisory,
  target: ScanTarget,
  { fixed }: Verdict,
  statements: readonly VexStatement[],
): Finding {
  const { component, image, version } = target;
  const names = [...advisory.names].sort();
  // The last statement counts.
  const statement = statements.findLast(
    (one) => one.names.some((name) => names.includes(name)) && appliesTo(one, target),
  );
  const isOfSource = component.source !== undefined;
  return {
    id: names.find((name) => name.startsWith('CVE-')) ?? advisory.id,
    names,
    severity: advisory.severity,
    ...(advisory.summary !== undefined && { summary: advisory.summary }),
    package: {
      type: component.type as string,
      name: component.name,
      version: component.version ?? version,
      ...(component.purl !== undefined && { purl: component.purl }),
      ...(isOfSource && { source: `${component.source!.name} ${version}` }),
    },
    images: [image.name],
    fixed,
    ...(statement && { vex: vexOf(statement) }),
  };
}

function vexOf({ status, justification, words }: VexStatement): Finding['vex'] {
  return { status, ...(justification && { justification }), ...(words !== undefined && { words }) };
}

/** A statement about one image says nothing about another one, so a finding is silent only where each part of it is. */
function joined(known: Finding, other: Finding): Finding {
  const severity = [known, other]
    .map((one) => one.severity)
    .reduce((most, one) => (SEVERITIES.indexOf(one) > SEVERITIES.indexOf(most) ? one : most));
  const isSaid = known.vex && other.vex && known.vex.status === other.vex.status;
  return {
    ...known,
    severity,
    names: [...new Set([...known.names, ...other.names])].sort(),
    images: [...new Set([...known.images, ...other.images])].sort(),
    fixed: [...new Set([...known.fixed, ...other.fixed])],
    vex: isSaid ? known.vex : undefined,
  };
}
