import type { VexStatement } from '@nx-linuxkit/sbom';
import type { Severity } from './severity.js';

/** A vulnerability of a package of a system. */
export interface Finding {
  /** Its CVE number where it has one. */
  readonly id: string;
  /** All names, sorted. */
  readonly names: readonly string[];
  readonly severity: Severity;
  readonly summary?: string;
  readonly package: FoundIn;
  /** The images that have the package, sorted. */
  readonly images: readonly string[];
  /** Versions in which it is fixed, ascending; empty where there is none yet. */
  readonly fixed: readonly string[];
  /** What the VEX document says about it. */
  readonly vex?: Pick<VexStatement, 'status' | 'justification' | 'words'>;
}

/** The package that has it. */
export interface FoundIn {
  readonly type: string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  /** The source package with its version, where the advisory is about it. */
  readonly source?: string;
}

/** What was found in a system. */
export interface SystemScan {
  readonly system: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** The feed as it was named. */
  readonly feed: string;
  /** How many packages were looked for in the feed. */
  readonly packages: number;
  /** Packages without a version or of a kind that no feed is read for, sorted. */
  readonly passedOver: readonly string[];
  /** The worst first. Those that the VEX document silences are among them. */
  readonly findings: readonly Finding[];
}

/** Whether the VEX document says that a vulnerability does not matter. */
export function isSilenced({ vex }: Finding): boolean {
  return vex?.status === 'not_affected' || vex?.status === 'fixed';
}
