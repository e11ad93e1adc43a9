import { compareVersions as compareDebian } from '@nx-linuxkit/debian';
import { compareApk } from './apk.js';
import { comparePep440 } from './pep440.js';
import { compareSemver } from './semver.js';

/** Compares two versions: negative if the first is earlier, undefined where one of them is none of the ecosystem. */
export type Comparator = (a: string, b: string) => number | undefined;

/** The order of versions in each ecosystem that packages are found of, as OSV calls it. */
export const COMPARATORS: Readonly<Record<string, Comparator>> = {
  Debian: compareDebian,
  Ubuntu: compareDebian,
  Alpine: compareApk,
  npm: compareSemver,
  Go: compareSemver,
  'crates.io': compareSemver,
  PyPI: comparePep440,
};
