import { compareVersions as compareDebian } from '@nx-linuxkit/debian';
import { compareApk } from './apk.js';
import { comparePep440 } from './pep440.js';
import { compareSemver } from './semver.js';

/** Compares two versions: negative if the first is earlier, undefined where one of them is none of the ecosystem. */
export type Comparator = (a: string, b: string) => number | undefined;

/** Characters of a version. The longest of the ecosystems have 100; files of images name any. */
const LONGEST = 500;

/** The order of versions in each ecosystem that packages are found of, as OSV calls it. */
export const COMPARATORS: ReadonlyMap<string, Comparator> = new Map(
  Object.entries({
    Debian: compareDebian,
    Ubuntu: compareDebian,
    Alpine: compareApk,
    npm: compareSemver,
    Go: compareSemver,
    'crates.io': compareSemver,
    PyPI: comparePep440,
  }).map(([ecosystem, compare]) => [ecosystem, ofShort(compare)]),
);

/** Compares nothing with a longer text: patterns may need time by the square of the length. */
function ofShort(compare: Comparator): Comparator {
  return (a, b) => (a.length > LONGEST || b.length > LONGEST ? undefined : compare(a, b));
}
