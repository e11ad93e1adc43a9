import {
  debianLicense,
  inventory,
  licenseReport,
  refusedLicenses,
  isLicenseName,
  type FoundPackage,
} from '../index.js';
import { debianExpression } from './debian-names.js';
import { statedLicense } from './stated-license.js';

it.each([
  ['GPL-2+', 'GPL-2.0-or-later'],
  ['GPL-3', 'GPL-3.0-only'],
  ['LGPL-2.1+', 'LGPL-2.1-or-later'],
  ['Expat', 'MIT'],
  ['BSD-3-clause', 'BSD-3-Clause'],
  ['GPL-2+ or Artistic', 'GPL-2.0-or-later OR Artistic-1.0-Perl'],
  ['Expat and Apache-2.0, or GPL-2', 'MIT AND Apache-2.0 OR GPL-2.0-only'],
  ['GPL-3+ with Autoconf exception', 'GPL-3.0-or-later WITH Autoconf-exception-2.0'],
  ['Perl', 'Artistic-1.0-Perl OR GPL-1.0-or-later'],
  ['public-domain', 'LicenseRef-public-domain'],
  ['GPL-2+ with Own exception', 'LicenseRef-GPL-2-with-Own-exception'],
])('Debian’s %s is %s', (synopsis, expression) => expect(debianExpression(synopsis)).toBe(expression));

describe('a copyright file of Debian', () => {
  it('that programs can read counts every licence that it names, once', () => {
    const text =
      'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-2+ or Artistic\n\nFiles: b\nLicense: Expat\n Permission\n\nLicense: Expat\n text\n';
    expect(debianLicense(text)).toBe('(GPL-2.0-or-later OR Artistic-1.0-Perl) AND MIT');
  });

  it.each([
    ['On Debian systems see /usr/share/common-licenses/GPL-2.', 'GPL-2.0-only'],
    ['version 2 or any later\nversion: /usr/share/common-licenses/GPL-2.', 'GPL-2.0-or-later'],
    [
      '/usr/share/common-licenses/Apache-2.0, and /usr/share/common-licenses/BSD',
      'Apache-2.0 AND BSD-3-Clause',
    ],
    ['You may do as you like.', undefined],
  ])('of prose counts the common licences that it points to: %j', (text, expression) =>
    expect(debianLicense(text)).toBe(expression),
  );
});

it.each([
  [['MIT'], { expression: 'MIT' }],
  [['MIT', 'MIT'], { expression: 'MIT' }],
  [['MIT OR Apache-2.0', 'ISC'], { expression: '(MIT OR Apache-2.0) AND ISC' }],
  [['Apache Software License, Version 2.0'], { expression: 'Apache-2.0' }],
  [['BSD-3-Clause GPL-2.0-only'], { expression: 'BSD-3-Clause AND GPL-2.0-only' }],
  [['SEE LICENSE IN file'], { words: 'SEE LICENSE IN file' }],
  [[], {}],
])('%j states %j', (licenses, stated) => expect(statedLicense(licenses)).toEqual(stated));

describe('a policy', () => {
  const found = (name: string, license?: string): FoundPackage => ({
    ...{ type: 'npm', name, version: '1.0.0', path: 'package-lock.json' },
    ...(license !== undefined && { license }),
  });
  const image = {
    ...{ name: 'web', digest: `sha256:${'a'.repeat(64)}`, platform: 'linux/amd64', place: '', attested: [] },
    found: [
      found('a', 'MIT'),
      found('b', 'MIT OR GPL-3.0-only'),
      found('c', 'MIT AND GPL-3.0'),
      found('d', 'GPL-2.0-only WITH Classpath-exception-2.0'),
      found('e', 'do what you want'),
      found('f'),
    ],
  };
  const report = licenseReport(inventory({ images: [image] }));
  const refused = (policy: Parameters<typeof refusedLicenses>[1]) =>
    refusedLicenses(report, policy)
      .flatMap(({ packages }) => packages.map(({ name }) => name))
      .sort();

  it('is asked about groups by licence, with packages of unknown licence apart', () => {
    expect(report.licenses.map(({ license, packages }) => [license, packages.length])).toEqual([
      ['GPL-2.0-only WITH Classpath-exception-2.0', 1],
      ['MIT', 1],
      ['MIT AND GPL-3.0', 1],
      ['MIT OR GPL-3.0-only', 1],
      ['do what you want', 1],
    ]);
    expect(report.unknown).toEqual([{ type: 'npm', name: 'f', version: '1.0.0', images: ['web'] }]);
  });

  it.each([
    [{}, []],
    [{ deny: ['GPL-3.0-only'] }, ['c']],
    [{ deny: ['GPL-2.0-only'] }, ['d']],
    [{ deny: ['unknown'] }, ['e', 'f']],
    [{ allow: ['MIT'] }, ['c', 'd', 'e', 'f']],
    [{ allow: ['MIT', 'unknown', 'GPL-2.0-only'] }, ['c']],
    [{ allow: ['MIT', 'GPL-3.0-only', 'unknown'], deny: ['MIT'] }, ['a', 'c', 'd']],
  ])('%j refuses %j', (policy, names) => expect(refused(policy)).toEqual(names));

  it('knows identifiers of SPDX, names of its own, and `unknown`', () => {
    expect(['MIT', 'GPL-2.0', 'LicenseRef-own', 'unknown'].map(isLicenseName)).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(['mit license', 'MIT OR ISC', ''].map(isLicenseName)).toEqual([false, false, false]);
  });
});
