import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Ajv from 'ajv';
import addFormats from 'ajv-formats';
import {
  cycloneDxDocument,
  readAttested,
  writeCycloneDx,
  type SbomFacts,
  type SbomImage,
  type VexStatement,
} from '../index.js';
import { scanned } from '../__tests__/scanned.js';

type Json = ReturnType<typeof JSON.parse>;

/** The schemas that the CycloneDX project publishes, and its library brings. */
const schemas = join(dirname(require.resolve('@cyclonedx/cyclonedx-library/package.json')), 'res/schema');
const schema = (name: string) =>
  JSON.parse(readFileSync(join(schemas, `${name}.SNAPSHOT.schema.json`), 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false, logger: false });
addFormats(ajv);
ajv.addFormat('iri-reference', true).addFormat('idn-email', true);
for (const name of ['spdx', 'jsf-0.82', 'cryptography-defs'])
  ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
const isValid = ajv.compile(schema('bom-1.6'));

const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
const read = readAttested(scanned(), digest('e'));
if ('problem' in read) throw new Error(read.problem);
const image = (more: Partial<SbomImage> = {}): SbomImage => ({
  name: 'docker.io/library/nginx:1',
  digest: digest('a'),
  platform: 'linux/amd64',
  place: 'containers/services/nginx/lower',
  repository: 'docker.io/library/nginx',
  attested: [],
  ...more,
});
const SYSTEM = { name: 'my-os', platform: 'linux/amd64' };
const facts = (...images: SbomImage[]): SbomFacts => ({ images, epoch: 1492533000 });
const textOf = (given: SbomFacts) => [...writeCycloneDx(cycloneDxDocument(given, SYSTEM))].join('');
function documentOf(given: SbomFacts): Json {
  const document = JSON.parse(textOf(given));
  isValid(document);
  expect(isValid.errors).toBeNull();
  return document;
}

const DEBIAN = {
  suite: 'bookworm',
  packages: [
    { name: 'libc6', version: '2.36-9', architecture: 'amd64', source: 'glibc', sha256: '1'.repeat(64) },
  ],
};

it('is valid by the schema of the CycloneDX project, with all kinds of packages', () => {
  const found = [
    { type: 'deb', name: 'libc6', version: '2.36-9', license: 'LGPL-2.1-or-later', path: 'a/status' },
    {
      type: 'npm',
      name: '@types/node',
      version: '20.1.0',
      license: 'some words',
      path: 'b/package-lock.json',
    },
    { type: 'golang', name: 'golang.org/x/net', version: 'v0.1.0', path: 'usr/bin/tool' },
  ] as const;
  const { components, metadata } = documentOf(
    facts(image({ attested: [read.document], debian: DEBIAN, found })),
  );
  expect(metadata.component).toMatchObject({ type: 'operating-system', name: 'my-os' });
  expect(components).toHaveLength(1);
  const [{ components: packages, purl, properties }] = components;
  expect(purl).toContain('pkg:oci/nginx@sha256');
  expect(properties).toContainEqual({ name: 'nx-linuxkit:place', value: '/containers/services/nginx/lower' });
  expect(packages.map((one: Json) => [one.purl, one.licenses?.[0].expression ?? null])).toEqual([
    ['pkg:apk/alpine/busybox@1.36.1-r2', 'GPL-2.0-only AND LicenseRef-own'],
    ['pkg:deb/debian/libc6@2.36-9?arch=amd64&distro=bookworm&upstream=glibc', 'LGPL-2.1-or-later'],
    ['pkg:golang/golang.org/x/net@v0.1.0', null],
    ['pkg:npm/%40types/node@20.1.0', null],
  ]);
  expect(packages[3].licenses).toEqual([{ license: { name: 'some words', acknowledgement: 'declared' } }]);
  expect(packages[1].hashes).toEqual([{ alg: 'SHA-256', content: '1'.repeat(64) }]);
  expect(packages[2].evidence.occurrences).toEqual([{ location: '/usr/bin/tool' }]);
});

it('a version that is longer than the schema allows is left out, and the document stays valid', () => {
  const found = [1024, 1025].map((length, i) => ({
    ...{ type: 'npm', name: `a${i}`, version: '1'.repeat(length), path: 'package-lock.json' },
  })) as SbomImage['found'];
  const { components } = documentOf(facts(image({ found })));
  expect(components[0].components.map(({ version }: Json) => version?.length)).toEqual([1024, undefined]);
});

it('the schema refuses what is no document of this version', () => {
  expect(
    isValid({ ...documentOf(facts(image())), specVersion: '1.6', components: [{ type: 'library' }] }),
  ).toBe(false);
});

it('the same facts give the same bytes, and other facts another serial number', () => {
  const one = facts(image());
  expect(textOf(one)).toBe(textOf(facts(image())));
  const other = facts(image({ debian: DEBIAN }));
  expect(documentOf(other).serialNumber).not.toBe(documentOf(one).serialNumber);
});

it('every reference leads to one component', () => {
  const twice = image({ debian: DEBIAN, place: 'containers/onboot/000-a/lower' });
  const { components, dependencies } = documentOf(facts(image({ debian: DEBIAN }), twice));
  const refs = [
    'system',
    ...components.flatMap((one: Json) => [one, ...(one.components ?? [])]).map((one: Json) => one['bom-ref']),
  ];
  expect(new Set(refs).size).toBe(refs.length);
  for (const { ref, dependsOn } of dependencies)
    expect(refs).toEqual(expect.arrayContaining([ref, ...dependsOn]));
});

it('an image named twice at one place is there once, and one without packages has none', () => {
  const { components } = documentOf(facts(image(), image()));
  expect(components).toHaveLength(1);
  expect(components[0].components).toBeUndefined();
});

it('statements of a person are vulnerabilities, with the components that they are about', () => {
  const statement = (id: string, more: object): VexStatement => ({
    ...{ names: [id, 'GHSA-a'], status: 'not_affected', products: [] },
    ...more,
  });
  const document = cycloneDxDocument(facts(image({ debian: DEBIAN })), SYSTEM, [
    statement('CVE-1', { justification: 'vulnerable_code_not_in_execute_path', words: 'nothing calls it' }),
    statement('CVE-2', { status: 'affected', products: [{ id: 'pkg:deb/debian/libc6', subcomponents: [] }] }),
    statement('CVE-3', {
      justification: 'vulnerable_code_cannot_be_controlled_by_adversary',
      products: [{ id: 'pkg:npm/gone', subcomponents: [] }],
    }),
  ]);
  isValid(document);
  expect(isValid.errors).toBeNull();
  const { vulnerabilities } = document as Json;
  expect(vulnerabilities.map(({ id, analysis, affects }: Json) => [id, analysis, affects])).toEqual([
    [
      'CVE-1',
      { state: 'not_affected', justification: 'code_not_reachable', detail: 'nothing calls it' },
      [{ ref: 'system' }],
    ],
    ['CVE-2', { state: 'exploitable' }, [{ ref: 'image-0-0' }]],
    ['CVE-3', { state: 'not_affected', detail: 'vulnerable_code_cannot_be_controlled_by_adversary' }, []],
  ]);
});
