import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv from 'ajv';
import { readAttested, spdxDocument, writeSpdx, type SbomFacts, type SbomImage } from '../index.js';
import { scanned } from '../__tests__/scanned.js';

type Json = ReturnType<typeof JSON.parse>;

const EPOCH = 1492533000;
const schema = JSON.parse(readFileSync(join(__dirname, '../__fixtures__/spdx-2.3.schema.json'), 'utf8'));
const isValid = new Ajv({ allErrors: true }).compile(schema);

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const attested = (predicate: unknown, statement = digest('e')) => {
  const read = readAttested(predicate, statement);
  if ('problem' in read) throw new Error(read.problem);
  return read.document;
};
const image = (more: Partial<SbomImage> = {}): SbomImage => ({
  name: 'docker.io/library/nginx:1',
  digest: digest('a'),
  platform: 'linux/amd64',
  place: 'containers/services/nginx/lower',
  repository: 'docker.io/library/nginx',
  attested: [],
  ...more,
});
const facts = (images: readonly SbomImage[], more: Partial<SbomFacts> = {}): SbomFacts => ({
  images,
  epoch: EPOCH,
  ...more,
});
const textOf = (given: SbomFacts) => [...writeSpdx(spdxDocument(given))].join('');
const documentOf = (given: SbomFacts): Json => JSON.parse(textOf(given));

/** Checks the schema, and what it cannot say: identifiers are unique, and whatever is named is there. */
function expectValid(document: Json): void {
  isValid(document);
  expect(isValid.errors).toBeNull();
  const ids = [document, ...document.packages, ...(document.files ?? [])].map(({ SPDXID }) => SPDXID);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^SPDXRef-[A-Za-z0-9.-]+$/);
  for (const { spdxElementId, relatedSpdxElement } of document.relationships) {
    expect(ids).toContain(spdxElementId);
    expect([...ids, 'NONE', 'NOASSERTION']).toContain(relatedSpdxElement);
  }
  const licenses = (document.hasExtractedLicensingInfos ?? []).map(({ licenseId }: Json) => licenseId);
  expect(new Set(licenses).size).toBe(licenses.length);
  for (const name of JSON.stringify(document).match(/LicenseRef-[A-Za-z0-9.-]+/g) ?? [])
    expect(licenses).toContain(name);
  expect(document.creationInfo.created).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
}

const DEBIAN = {
  suite: 'bookworm',
  packages: [
    {
      name: 'libstdc++6',
      version: '12.2.0-14+deb12u1',
      architecture: 'amd64',
      source: 'gcc-12',
      sha256: 'b'.repeat(64),
    },
    { name: 'nginx', version: '1:1.22-9', architecture: 'amd64', source: 'nginx', sha256: 'c'.repeat(64) },
  ],
};

it.each<[string, SbomFacts]>([
  ['of no image', facts([])],
  ['of an image about which nothing is known', facts([image()])],
  [
    'of a package of Debian packages',
    facts([image({ name: 'nginx', repository: undefined, debian: DEBIAN })]),
  ],
  ['of an image with a scan', facts([image({ attested: [attested(scanned())] })])],
  [
    'of two images with the same scan, one of them at two places, and of one with two scans',
    facts([
      image({ attested: [attested(scanned())] }),
      image({ place: 'containers/onboot/000-a/lower', attested: [attested(scanned())] }),
      image({
        digest: digest('b'),
        attested: [attested(scanned()), attested(scanned({ name: 'other' }), digest('f'))],
      }),
    ]),
  ],
  ['of an image that is named twice at one place', facts([image(), image()])],
])('a document %s is valid SPDX 2.3', (_, given) => expectValid(documentOf(given)));

it('the validator finds what is wrong', () => {
  const document = documentOf(facts([image()]));
  document.packages[0].unknown = 1;
  delete document.packages[1].downloadLocation;
  expect(isValid(document)).toBe(false);
  expect(isValid.errors).toHaveLength(2);
});

it('the root contains each image at its place, by its digest', () => {
  const { packages, relationships } = documentOf(facts([image()]));
  expect(packages).toMatchObject([
    { SPDXID: 'SPDXRef-root', primaryPackagePurpose: 'OPERATING_SYSTEM' },
    {
      name: 'docker.io/library/nginx:1',
      versionInfo: digest('a'),
      packageFileName: './containers/services/nginx/lower',
      externalRefs: [
        {
          referenceType: 'purl',
          referenceLocator: `pkg:oci/nginx@${digest('a')}?arch=amd64&repository_url=docker.io%2Flibrary%2Fnginx`,
        },
      ],
    },
  ]);
  expect(relationships).toEqual([
    { spdxElementId: 'SPDXRef-DOCUMENT', relationshipType: 'DESCRIBES', relatedSpdxElement: 'SPDXRef-root' },
    {
      spdxElementId: 'SPDXRef-root',
      relationshipType: 'CONTAINS',
      relatedSpdxElement: packages[1].SPDXID,
    },
  ]);
});

it('a Debian package has its version, source, checksum and package URL', () => {
  const { packages } = documentOf(facts([image({ debian: DEBIAN })]));
  expect(packages.slice(2)).toMatchObject([
    {
      name: 'libstdc++6',
      versionInfo: '12.2.0-14+deb12u1',
      sourceInfo: 'built from the source package gcc-12',
      checksums: [{ algorithm: 'SHA256', checksumValue: 'b'.repeat(64) }],
      externalRefs: [
        {
          referenceLocator:
            'pkg:deb/debian/libstdc%2B%2B6@12.2.0-14+deb12u1?arch=amd64&distro=bookworm&upstream=gcc-12',
        },
      ],
    },
    { externalRefs: [{ referenceLocator: 'pkg:deb/debian/nginx@1:1.22-9?arch=amd64&distro=bookworm' }] },
  ]);
});

it('a scan becomes a part of its image: paths below its place, own licenses renamed, its document replaced', () => {
  const document = documentOf(facts([image({ attested: [attested(scanned())] })]));
  const [, own, root, busybox] = document.packages;
  expect(root).toMatchObject({ name: 'scanned', packageFileName: './containers/services/nginx/lower' });
  expect(busybox).toMatchObject({
    name: 'busybox',
    versionInfo: '1.36.1-r2',
    supplier: 'Organization: Alpine',
  });
  expect(busybox.externalRefs).toEqual([
    {
      referenceCategory: 'PACKAGE-MANAGER',
      referenceType: 'purl',
      referenceLocator: 'pkg:apk/alpine/busybox@1.36.1-r2',
    },
  ]);
  expect(document.files).toMatchObject([{ fileName: './containers/services/nginx/lower/bin/busybox' }]);
  const [license] = document.hasExtractedLicensingInfos;
  expect(busybox.licenseDeclared).toBe(`GPL-2.0-only AND ${license.licenseId}`);
  expect(busybox.licenseConcluded).toBe('NOASSERTION');
  const described = document.relationships.filter(({ spdxElementId }: Json) => spdxElementId === own.SPDXID);
  expect(described).toEqual([
    { spdxElementId: own.SPDXID, relationshipType: 'CONTAINS', relatedSpdxElement: root.SPDXID },
  ]);
  expect(document.relationships).toHaveLength(5);
});

it('what others wrote cannot make the document invalid: unknown members and words are left out', () => {
  const scan = scanned();
  Object.assign(scan.packages[1], {
    unknown: true,
    primaryPackagePurpose: 'WEAPON',
    supplier: ['a list'],
    checksums: [{ algorithm: 'ROT13', checksumValue: 'x' }],
    annotations: [{ comment: 'no date' }],
  });
  scan.relationships.push(
    { spdxElementId: 'SPDXRef-nowhere', relationshipType: 'CONTAINS', relatedSpdxElement: 'SPDXRef-busybox' },
    {
      spdxElementId: 'SPDXRef-busybox',
      relationshipType: 'CONTAINS',
      relatedSpdxElement: 'DocumentRef-x:SPDXRef-y',
    },
  );
  // One identifier twice, and two that differ in what is put before them.
  scan.packages.push({ ...scan.packages[1] }, { ...scan.packages[1], SPDXID: 'busybox' });
  scan.packages.push(
    { ...scan.packages[1], SPDXID: 'NONE' },
    { ...scan.packages[1], SPDXID: 'SPDXRef-File_bin' },
  );
  scan.hasExtractedLicensingInfos.push({ ...scan.hasExtractedLicensingInfos[0] });
  const document = documentOf(facts([image({ attested: [attested(scan)] })]));
  expectValid(document);
  expect(document.packages[3].supplier).toBeUndefined();
  expect(document.packages).toHaveLength(7);
  expect(document.files).toBeUndefined();
});

it.each<[string, unknown, string]>([
  ['nothing', null, 'is no object'],
  ['SPDX 3', { '@context': 'https://spdx.org/rdf/3.0.1/x' }, 'has the version undefined, expected SPDX-2.3'],
  ['a list that is none', { ...scanned(), packages: {} }, 'has packages that are no list'],
  [
    'a file without checksums',
    { ...scanned(), files: [{ SPDXID: 'SPDXRef-a', fileName: 'a', checksums: [] }] },
    'has files[0] without SPDXID, fileName, checksums of SPDX 2.3',
  ],
])('%s in place of a scan is a problem', (_, predicate, problem) =>
  expect(readAttested(predicate, digest('e'))).toEqual({ problem }),
);

it('lists that are missing or null, as Go writes them, are empty', () => {
  const { packages, files } = attested({ spdxVersion: 'SPDX-2.3', packages: null });
  expect([packages, files]).toEqual([[], []]);
});

describe('the same facts give the same bytes', () => {
  const whole = () => facts([image({ attested: [attested(scanned())], debian: DEBIAN })]);

  it('and another digest, place or package another name and namespace', () => {
    expect(textOf(whole())).toBe(textOf(whole()));
    const changed = [
      facts([]),
      whole(),
      facts([image({ digest: digest('b') })]),
      facts([image({ place: '' })]),
      facts([image({ debian: DEBIAN })]),
      facts([image({ attested: [attested(scanned())] })]),
      facts([image({ attested: [attested(scanned(), digest('f'))] })]),
    ].map((given) => documentOf(given));
    expect(new Set(changed.map(({ documentNamespace }) => documentNamespace)).size).toBe(changed.length);
    expect(new Set(changed.map(({ name }) => name)).size).toBe(changed.length);
  });

  it.each<[string, SbomFacts, string]>([
    ['LinuxKit’s time where nothing has one', facts([image()]), '2017-04-18T16:30:00Z'],
    [
      'of the latest image',
      facts([image({ created: '2024-01-02T03:04:05.678901Z' })]),
      '2024-01-02T03:04:05Z',
    ],
    [
      'of a later scan',
      facts([image({ created: '2024-01-02T03:04:05+02:00', attested: [attested(scanned())] })]),
      '2025-06-07T08:09:10Z',
    ],
    [
      'as given',
      facts([image({ attested: [attested(scanned())] })], { created: '2026-01-01T00:00:00.5Z' }),
      '2026-01-01T00:00:00Z',
    ],
    [
      'without what is no time',
      facts([image({ created: '+012345-01-01T00:00:00Z' }), image({ created: 'now' })]),
      '2017-04-18T16:30:00Z',
    ],
  ])('the time is %s', (_, given, expected) =>
    expect(documentOf(given).creationInfo).toEqual({ created: expected, creators: ['Tool: nx-linuxkit'] }),
  );
});

it('each package, file and relationship has a line', () => {
  const document = documentOf(facts([image({ debian: DEBIAN })]));
  const lines = textOf(facts([image({ debian: DEBIAN })])).split('\n');
  for (const element of [...document.packages, ...document.relationships])
    expect(lines.map((line) => line.replace(/,$/, ''))).toContain(JSON.stringify(element));
});
