import { DOCUMENT_ID, type Attested } from './attested.js';
import { Names, spdxId } from './names.js';
import { pick, type Element, type Shape } from './shape.js';
import { FILE, LICENSE, PACKAGE } from './shapes.js';

/** What a document of an image adds to the document of a system. */
export interface Parts {
  readonly packages: readonly Element[];
  readonly files: readonly Element[];
  readonly relationships: readonly Element[];
  readonly licenses: readonly Element[];
}

/** An image's own element, and where the image lies. */
export interface Holder {
  readonly id: string;
  /** '' for the root of the system. */
  readonly place: string;
}

/**
 * Gives the parts of a document names that are unique in another document, by putting `word` before them, and the paths
 * that they have in the system. What the document itself stood for is the image.
 */
export function renamed(document: Attested, word: string, holder: Holder): Parts {
  const licenses = document.licenses
    .filter(({ licenseId }) => OWN_LICENSE.test(licenseId as string))
    .filter(firstOf(document.licenses, 'licenseId'));
  const names = new Names(
    word,
    namesOf([...document.packages, ...document.files], word, holder),
    licenses.map(({ licenseId }) => licenseId as string),
  );
  const isFirst = firstOf([...document.packages, ...document.files], 'SPDXID');
  const elements = (list: readonly Element[], shape: Shape, path: string) =>
    list.filter(isFirst).map((element) => ({
      ...pick(element, shape, names.license),
      SPDXID: names.own(element.SPDXID as string),
      ...(element[path] !== undefined && { [path]: pathIn(holder.place, element[path] as string) }),
    }));
  return {
    packages: elements(document.packages, PACKAGE, 'packageFileName'),
    files: elements(document.files, FILE, 'fileName'),
    relationships: document.relationships.flatMap((one) => relationship(one, names)),
    licenses: licenses.map((license) => pick(license, LICENSE, names.license) as Element),
  };
}

/** A path of an image as it is in the system; SPDX has paths begin with `./`. */
export function pathIn(place: string, path: string): string {
  const inside = path.replace(/^(?:\.?\/)+/, '');
  return `./${[place, inside].filter((part) => part !== '' && part !== '.').join('/')}`;
}

const OWN_LICENSE = /^LicenseRef-[A-Za-z0-9.-]+$/;

function namesOf(elements: readonly Element[], word: string, holder: Holder): Map<string, string> {
  const names = new Map([[DOCUMENT_ID, holder.id]]);
  const taken = new Set<string>();
  for (const { SPDXID } of elements) {
    const id = SPDXID as string;
    if (names.has(id)) continue;
    const usual = spdxId(word, id.replace(/^SPDXRef-/, ''));
    // `SPDXRef-a` and a wrong `a` would have one name.
    let name = usual;
    for (let i = 2; taken.has(name); i += 1) name = `${usual}.${i}`;
    taken.add(name);
    names.set(id, name);
  }
  return names;
}

/** Tells whether an element is the first one of its identifier, which is not that of the document. */
function firstOf(elements: readonly Element[], id: 'SPDXID' | 'licenseId'): (element: Element) => boolean {
  const first = new Map<unknown, Element>();
  for (const element of elements) if (!first.has(element[id])) first.set(element[id], element);
  return (element) => element[id] !== DOCUMENT_ID && first.get(element[id]) === element;
}

/** An image contains what its document describes. A relationship to something unknown is left out. */
function relationship(one: Element, names: Names): Element[] {
  const [from, to] = [one.spdxElementId, one.relatedSpdxElement].map((id) => names.element(id as string));
  if (from === undefined || to === undefined || from === 'NONE' || from === 'NOASSERTION') return [];
  if (one.relationshipType === 'DESCRIBED_BY' && one.relatedSpdxElement === DOCUMENT_ID)
    return [{ spdxElementId: to, relationshipType: 'CONTAINS', relatedSpdxElement: from }];
  const isDescribed = one.relationshipType === 'DESCRIBES' && one.spdxElementId === DOCUMENT_ID;
  const relationshipType = isDescribed ? 'CONTAINS' : one.relationshipType;
  return [{ ...one, spdxElementId: from, relationshipType, relatedSpdxElement: to }];
}
