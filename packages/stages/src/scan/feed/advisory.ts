import type { Severity } from '../severity.js';

/** What a feed says about one package. */
export interface Advisory {
  /** The name of the entry. */
  readonly id: string;
  /** All names, that of the entry among them. */
  readonly names: readonly string[];
  readonly summary?: string;
  readonly severity: Severity;
  /** As OSV calls it, without a release: `Debian`, `npm`, `Go`. */
  readonly ecosystem: string;
  /** The release of a distribution: a number such as `12` or `v3.19`, or Debian's code name. Absent for all. */
  readonly release?: string;
  /** The source package of a distribution, or the package of a language. */
  readonly package: string;
  /** Versions that are affected, beside the ranges. */
  readonly versions: readonly string[];
  readonly ranges: readonly (readonly RangeEvent[])[];
}

/** Where a range begins or ends: https://ossf.github.io/osv-schema/#affectedrangesevents-fields */
export type RangeEvent =
  | { readonly introduced: string }
  | { readonly fixed: string }
  | { readonly lastAffected: string }
  | { readonly limit: string };
