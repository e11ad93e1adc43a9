import type { DebianRecord, FoundPackage, SbomFacts, SbomImage } from '../facts.js';
import { debianPurl, foundPurl } from '../purl.js';
import { attestedComponents } from './attested-components.js';
import type { Component, ImageInventory } from './component.js';
import { debianRelease } from './distribution.js';

/**
 * Lists the packages of each image, each once: what is attached to the image, what locks pin, and what files in its root
 * name are joined by type, name and version.
 */
export function inventory({ images }: Pick<SbomFacts, 'images'>): ImageInventory[] {
  const places = new Map(images.map((image) => [`${image.digest} ${image.place}`, image]));
  return [...places.values()].map((image) => ({ image, components: componentsOf(image) }));
}

/** The packages of one image. */
export function componentsOf(image: SbomImage): Component[] {
  const { attested, debian, found = [] } = image;
  const joined = new Map<string, Component>();
  for (const component of [
    ...(debian?.packages ?? []).map((record) => ofRecord(record, debian!.suite)),
    ...found.map(ofFound),
    ...attested.flatMap(attestedComponents),
  ]) {
    const key = keyOf(component);
    const known = joined.get(key);
    joined.set(key, known ? join(known, component) : component);
  }
  return [...joined].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, component]) => component);
}

/** Ends a word of a key: it sorts before all characters of names. */
const END = '\u0001';

/** What joins the same package of several sources. */
export function keyOf({ type = '', name, version = '' }: Component): string {
  return [type, name, version].join(END);
}

function join(known: Component, other: Component): Component {
  return {
    ...other,
    ...known,
    licenses: [...new Set([...known.licenses, ...other.licenses])],
    paths: [...new Set([...known.paths, ...other.paths])],
  };
}

function ofRecord(record: DebianRecord, suite: string): Component {
  const { name, version, source, sha256 } = record;
  const release = debianRelease(suite);
  return {
    type: 'deb',
    name,
    version,
    purl: debianPurl(record, suite),
    licenses: [],
    ...(source !== name && { source: { name: source } }),
    distribution: { id: 'debian', ...(release !== undefined && { version: release }) },
    sha256,
    paths: [],
  };
}

function ofFound(found: FoundPackage): Component {
  const { type, name, version, license, source, distribution, path } = found;
  const purl = foundPurl(found);
  return {
    type,
    name,
    version,
    ...(purl !== undefined && { purl }),
    licenses: license === undefined ? [] : [license],
    ...(source && { source }),
    ...(distribution && { distribution }),
    paths: [path],
  };
}
