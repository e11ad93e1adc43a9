import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf, readAttestations, type AttestationSource, type Digest } from '@nx-linuxkit/oci';
import { readAttested } from '@nx-linuxkit/sbom';
import { attestedIndex, jsonBlob, randomImage } from '@nx-linuxkit/testing';
import { checkDocuments, checkScan, writeFeed } from '../check-system.js';
import { mutateJson } from '../mutate-json.js';
import type { Target } from '../target.js';

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
        {
          referenceCategory: 'PACKAGE-MANAGER',
          referenceType: 'purl',
          referenceLocator: 'pkg:deb/debian/a@1?distro=bookworm&upstream=b%401',
        },
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

/** What is attached to an image, up to the documents about a system, which are valid whatever was attached, and its scan. */
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
    checkDocuments(one);
    await checkScan(one, (feed ??= feedFile()));
  },
};

let feed: string | undefined;

function feedFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-')), 'feed.json');
  writeFeed(path, [
    ['Debian', 'a'],
    ['Debian', 'b'],
  ]);
  return path;
}

const image = randomImage(1, { layers: [{ files: 1 }] });

function statementOf(predicate: unknown): Buffer {
  return jsonBlob('', {
    _type: 'https://in-toto.io/Statement/v1',
    predicateType: 'https://spdx.dev/Document',
    subject: [{ name: 'image', digest: { sha256: digestOf(Buffer.from('')).slice(7) } }],
    predicate,
  }).bytes;
}
