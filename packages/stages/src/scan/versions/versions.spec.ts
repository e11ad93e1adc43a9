import { compareApk } from './apk.js';
import { comparePep440 } from './pep440.js';
import { compareSemver } from './semver.js';
import type { Comparator } from './comparators.js';

const sign = (difference: number | undefined) => Math.sign(difference ?? NaN);

/** Versions in ascending order. */
const ORDERED: Readonly<Record<string, readonly [Comparator, readonly string[]]>> = {
  semver: [
    compareSemver,
    [
      '0.0.1',
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.2',
      'v1.10.0',
      '2.0.0',
    ],
  ],
  'versions of Go': [
    compareSemver,
    [
      'v0.0.0-20190101000000-abcdefabcdef',
      'v0.0.0-20200101000000-0123456789ab',
      '1.20',
      '1.21rc2',
      '1.21.0',
      '1.21.3',
    ],
  ],
  'PEP 440': [
    comparePep440,
    [
      '1.dev0',
      '1.0.dev456',
      '1.0a1',
      '1.0a2.dev456',
      '1.0a12',
      '1.0b1.dev456',
      '1.0b2',
      '1.0b2.post345',
      '1.0rc1',
      '1.0',
      '1.0+abc.5',
      '1.0+abc.7',
      '1.0+5',
      '1.0.post456.dev34',
      '1.0.post456',
      '1.1.dev1',
      '1.10',
      '1!0.1',
    ],
  ],
  'versions of Alpine': [
    compareApk,
    [
      '1.0_alpha',
      '1.0_alpha2',
      '1.0_beta',
      '1.0_rc1',
      '1.0',
      '1.0-r1',
      '1.0-r10',
      '1.0_p1',
      '1.0a',
      '1.0b',
      '1.0.1',
      '1.1',
      '1.1.1w-r0',
      '1.10',
      '3.1.4-r5',
    ],
  ],
};

describe.each(Object.entries(ORDERED))('%s', (_, [compare, versions]) => {
  it('are ordered, in both directions', () => {
    versions.forEach((a, i) =>
      versions.forEach((b, j) => expect([a, b, sign(compare(a, b))]).toEqual([a, b, Math.sign(i - j)])),
    );
  });

  it('are none of other forms', () => {
    for (const text of ['', 'latest', '1.x', '../1']) expect(compare(text, '1.0')).toBeUndefined();
  });
});

it.each([
  ['1.0', '1', comparePep440],
  ['1.0.0', 'v1', compareSemver],
  ['1.0.0+build', '1.0.0', compareSemver],
  ['1.0-1', '1.0.post1', comparePep440],
  ['1.0alpha1', '1.0a1', comparePep440],
  ['1.0-r0', '1.0', compareApk],
])('%s equals %s', (a, b, compare) => expect(compare(a, b)).toBe(0));
