import { createHash } from 'node:crypto';
import type { DebianRecord, SbomFacts, SbomImage } from '../facts.js';
import { timeOf } from '../time.js';
import { debianPurl, imagePurl } from '../purl.js';
import { DOCUMENT_ID } from './attested.js';
import { foundElements, foundLicenses } from './found.js';
import { shortHash, spdxId } from './names.js';
import { pathIn, renamed, type Parts } from './renamed.js';
import type { Element } from './shape.js';

/** Bumped when the same facts give another document, because the namespace names one document. */
const FORMAT = 1;
const NAMESPACE = 'https://github.com/nx-linuxkit/nx-linuxkit/sbom-';
const ROOT_ID = 'SPDXRef-root';

/** An SPDX 2.3 document: its members that are no list, and its lists. */
export interface SpdxDocument {
  readonly head: Element;
  readonly lists: Readonly<Record<string, readonly Element[]>>;
}

/**
 * Describes a system as SPDX 2.3: its root contains each image at its place, and the image contains what is attached to
 * it and the Debian packages that it is made of. The same facts always give the same document, and its name and namespace
 * stem from their digests. https://spdx.github.io/spdx-spec/v2.3/
 */
export function spdxDocument(facts: SbomFacts): SpdxDocument {
  const digest = digestOf(facts);
  const parts = placesOnce(facts.images).map(partsOf);
  const all = <Name extends keyof Parts>(name: Name) => parts.flatMap((part) => part[name]);
  return {
    head: {
      spdxVersion: 'SPDX-2.3',
      dataLicense: 'CC0-1.0',
      SPDXID: DOCUMENT_ID,
      name: `sbom-${digest.slice(0, 12)}`,
      documentNamespace: `${NAMESPACE}${digest}`,
      creationInfo: { created: timeOf(facts), creators: ['Tool: nx-linuxkit'] },
    },
    lists: {
      packages: [ROOT, ...all('packages')],
      files: all('files'),
      hasExtractedLicensingInfos: all('licenses'),
      relationships: [
        { spdxElementId: DOCUMENT_ID, relationshipType: 'DESCRIBES', relatedSpdxElement: ROOT_ID },
        ...all('relationships'),
      ],
    },
  };
}

const ROOT: Element = {
  SPDXID: ROOT_ID,
  name: 'root file system',
  packageFileName: './',
  downloadLocation: 'NOASSERTION',
  filesAnalyzed: false,
  primaryPackagePurpose: 'OPERATING_SYSTEM',
};

/** The word that tells an image at its place apart from all others. */
function wordOf({ digest, place }: SbomImage): string {
  return shortHash(`${digest} ${place}`);
}

/** An image that is named twice at one place is there once. */
function placesOnce(images: readonly SbomImage[]): SbomImage[] {
  return [...new Map(images.map((image) => [wordOf(image), image])).values()];
}

function partsOf(image: SbomImage): Parts {
  const word = wordOf(image);
  const id = spdxId('image', word);
  const attested = image.attested.map((document, i) =>
    renamed(document, i === 0 ? word : `${word}.${i}`, { id, place: image.place }),
  );
  const licenses = foundLicenses(image);
  const records = (image.debian?.packages ?? []).map((record) => ({
    ...debianElement(record, image.debian!.suite, word),
    ...licenses.get(`${record.name} ${record.version}`),
  }));
  const packages: Element[] = [...records, ...foundElements(image, word)];
  return {
    packages: [imageElement(image, id), ...packages, ...attested.flatMap((part) => part.packages)],
    files: attested.flatMap((part) => part.files),
    licenses: attested.flatMap((part) => part.licenses),
    relationships: [
      contains(ROOT_ID, id),
      ...packages.map(({ SPDXID }) => contains(id, SPDXID as string)),
      ...attested.flatMap((part) => part.relationships),
    ],
  };
}

function imageElement(image: SbomImage, id: string): Element {
  const { name, digest, place, notes = [] } = image;
  return {
    SPDXID: id,
    name,
    versionInfo: digest,
    packageFileName: pathIn(place, ''),
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    ...(notes.length > 0 && { comment: notes.join(' ') }),
    externalRefs: [purlReference(imagePurl(image))],
    primaryPackagePurpose: 'CONTAINER',
  };
}

function debianElement(record: DebianRecord, suite: string, word: string): Element {
  const { name, version, source, sha256 } = record;
  return {
    SPDXID: spdxId('deb', word, name),
    name,
    versionInfo: version,
    supplier: 'Organization: Debian',
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    checksums: [{ algorithm: 'SHA256', checksumValue: sha256 }],
    sourceInfo: `built from the source package ${source}`,
    externalRefs: [purlReference(debianPurl(record, suite))],
  };
}

function purlReference(purl: string): Element {
  return { referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl };
}

function contains(one: string, other: string): Element {
  return { spdxElementId: one, relationshipType: 'CONTAINS', relatedSpdxElement: other };
}

/** The digest of all that decides a document. Statements are there by their own digests. */
function digestOf({ images, created, epoch }: SbomFacts): string {
  const facts = images.map(({ attested, ...image }) => [image, attested.map(({ digest }) => digest)]);
  return createHash('sha256')
    .update(JSON.stringify([FORMAT, facts, created, epoch]))
    .digest('hex');
}
