import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { digestOf, readAttestations, type AttestationSource, type Digest } from '@nx-linuxkit/oci';
import { readAttested, spdxDocument, writeSpdx } from '@nx-linuxkit/sbom';
import { attestedIndex, jsonBlob, randomImage } from '@nx-linuxkit/testing';
import { mutateJson } from '../mutate-json.js';
import type { Target } from '../target.js';

const SBOM = join(__dirname, '../../../packages/sbom');
const PREDICATE = {
  spdxVersion: 'SPDX-2.3',
  creationInfo: { created: '2025-06-07T08:09:10Z' },
  documentDescribes: ['SPDXRef-a'],
  packages: [
    {
      SPDXID: 'SPDXRef-a',
      name: 'a',
      versionInfo: '1',
      packageFileName: '/a',
      downloadLocation: 'NONE',
      filesAnalyzed: false,
      licenseDeclared: 'MIT AND LicenseRef-a',
      primaryPackagePurpose: 'LIBRARY',
      checksums: [{ algorithm: 'SHA256', checksumValue: '00' }],
      externalRefs: [
        { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: 'pkg:a/b@1' },
      ],
    },
  ],
  files: [
    {
      SPDXID: 'SPDXRef-b',
      fileName: './b',
      fileTypes: ['TEXT'],
      checksums: [{ algorithm: 'SHA1', checksumValue: '00' }],
      licenseInfoInFiles: ['LicenseRef-a', 'NOASSERTION'],
    },
  ],
  hasExtractedLicensingInfos: [{ licenseId: 'LicenseRef-a', extractedText: 'text', seeAlsos: ['url'] }],
  relationships: [
    { spdxElementId: 'SPDXRef-a', relationshipType: 'CONTAINS', relatedSpdxElement: 'SPDXRef-b' },
  ],
};

/** What is attached to an image, up to the bill of materials of a system, which is valid whatever was attached. */
export const attestation: Target = {
  name: 'attestation',
  sample: 2_000,
  faults: {},
  seeds: async () => [statementOf(PREDICATE), statementOf({ spdxVersion: 'SPDX-2.3' })],
  mutate: mutateJson,
  async read(input) {
    const index = attestedIndex(await image, [{ predicate: 0, bytes: input }]);
    const blobs = [index.index, ...index.further!.manifests, ...index.further!.blobs];
    const find = (digest: Digest) => blobs.find(({ descriptor }) => descriptor.digest === digest)!.bytes;
    const source: AttestationSource = {
      manifest: async (digest) => find(digest),
      blob: async function* ({ digest }) {
        yield find(digest);
      },
    };
    const manifest = index.images[0].manifest.descriptor.digest;
    const { attestations } = await readAttestations(source, {
      index: index.index.descriptor.digest,
      manifest,
      predicateType: 'https://spdx.dev/Document',
      name: 'image',
    });
    const attested = attestations.flatMap(({ digest, predicate }) => {
      const read = readAttested(predicate, digest);
      return 'document' in read ? [read.document] : [];
    });
    const one = { name: 'image', digest: manifest, platform: 'linux/amd64', place: 'a/b', attested };
    checkDocument([...writeSpdx(spdxDocument({ images: [one], epoch: 0 }))].join(''));
  },
};

const image = randomImage(1, { layers: [{ files: 1 }] });

function statementOf(predicate: unknown): Buffer {
  return jsonBlob('', {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://spdx.dev/Document',
    subject: [{ name: 'image', digest: { sha256: digestOf(Buffer.from('')).slice(7) } }],
    predicate,
  }).bytes;
}

interface Validator {
  (document: unknown): boolean;
  readonly errors?: unknown;
}
let validator: Validator | undefined;

/** The published schema of SPDX 2.3 says what is valid; the identifiers are checked here. */
function checkDocument(text: string): void {
  if (!validator) {
    const { Ajv } = createRequire(join(SBOM, 'package.json'))('ajv');
    const schema = readFileSync(join(SBOM, 'src/__fixtures__/spdx-2.3.schema.json'), 'utf8');
    validator = new Ajv().compile(JSON.parse(schema)) as Validator;
  }
  const document = JSON.parse(text);
  if (!validator(document)) throw new Error(`invalid SPDX: ${JSON.stringify(validator.errors)}`);
  const { packages, files = [], relationships } = document as Record<string, Record<string, string>[]>;
  const ids = [document, ...packages, ...files].map(({ SPDXID }) => SPDXID as string);
  const known = new Set([...ids, 'NONE', 'NOASSERTION']);
  const isKnown = (one: Record<string, string>) =>
    known.has(one.spdxElementId) && known.has(one.relatedSpdxElement);
  if (new Set(ids).size !== ids.length) throw new Error(`an identifier is there twice: ${ids.join(' ')}`);
  const wrong = ids.find((id) => !/^SPDXRef-[A-Za-z0-9.-]+$/.test(id));
  if (wrong !== undefined) throw new Error(`no identifier: ${wrong}`);
  if (!relationships.every(isKnown)) throw new Error('a relationship names what is not there');
}
