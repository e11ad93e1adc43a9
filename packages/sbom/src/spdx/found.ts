import type { SbomImage } from '../facts.js';
import type { Component } from '../inventory/component.js';
import { componentsOf, keyOf } from '../inventory/inventory.js';
import { statedLicense } from '../licenses/stated-license.js';
import { spdxId } from './names.js';
import type { Element } from './shape.js';

/** The packages of an image that only files in its root name, as elements; `word` makes their names unique. */
export function foundElements(image: SbomImage, word: string): Element[] {
  if (!image.found?.length) return [];
  const known = new Set(componentsOf({ ...image, found: [] }).map(keyOf));
  return componentsOf(image)
    .filter((component) => !known.has(keyOf(component)))
    .map((component) => elementOf(component, word));
}

/** The licences of Debian packages that files in the root name, by `name version`, as members of elements. */
export function foundLicenses({ found = [] }: SbomImage): ReadonlyMap<string, Element> {
  const debian = found.filter(({ type }) => type === 'deb');
  return new Map(
    debian.map(({ name, version, license = '' }) => [`${name} ${version}`, declared([license])]),
  );
}

function elementOf(component: Component, word: string): Element {
  const { type = 'package', name, version, purl, licenses, source, paths } = component;
  return {
    SPDXID: spdxId(type, word, name, ...(version === undefined ? [] : [version])),
    name,
    ...(version !== undefined && { versionInfo: version }),
    downloadLocation: 'NOASSERTION',
    filesAnalyzed: false,
    ...(source && { sourceInfo: `built from the source package ${source.name}` }),
    ...declared(licenses),
    ...(paths.length > 0 && { comment: `named by ${paths.map((path) => `/${path}`).join(', ')}` }),
    ...(purl !== undefined && {
      externalRefs: [{ referenceCategory: 'PACKAGE-MANAGER', referenceType: 'purl', referenceLocator: purl }],
    }),
  };
}

/** A licence that the document does not define has no place in an expression. */
function declared(licenses: readonly string[]): Element {
  const { expression } = statedLicense(licenses);
  const isDefined = expression !== undefined && !/(?:Document|License)Ref-/.test(expression);
  return isDefined ? { licenseDeclared: expression } : {};
}
