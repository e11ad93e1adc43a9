import { createHash } from 'node:crypto';
import type { SbomFacts, SbomImage } from '../facts.js';
import type { Component, ImageInventory } from '../inventory/component.js';
import { inventory } from '../inventory/inventory.js';
import { statedLicense } from '../licenses/stated-license.js';
import { imagePurl } from '../purl.js';
import { timeOf } from '../time.js';
import type { VexStatement } from '../vex/statement.js';
import { vulnerabilitiesOf } from './vulnerabilities.js';

/** Which system is described. */
export interface DescribedSystem {
  readonly name: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
}

/** A CycloneDX document: JSON. */
export type CycloneDx = Readonly<Record<string, unknown>>;

/** Bumped when the same facts give another document, because the serial number names one document. */
const FORMAT = 1;
const ROOT_REF = 'system';
/** Characters of a version, by the schema. An image may name any; without one the document stays valid. */
const LONGEST_VERSION = 1024;

/**
 * Describes a system as CycloneDX 1.6: the operating system has images as components, and an image the packages that are known
 * of it. Statements of a person about vulnerabilities are its vulnerabilities. The same facts always give the same document, whose
 * serial number stems from them.
 * https://cyclonedx.org/docs/1.6/json/
 */
export function cycloneDxDocument(
  facts: SbomFacts,
  system: DescribedSystem,
  statements: readonly VexStatement[] = [],
): CycloneDx {
  const listed = inventory(facts);
  const images = listed.map(componentOfImage);
  const referenced = { system: system.name, systemRef: ROOT_REF, images: listed, refOf: componentRef };
  const vulnerabilities = vulnerabilitiesOf(statements, referenced);
  const body = {
    metadata: {
      timestamp: timeOf(facts),
      tools: { components: [{ type: 'application', name: 'nx-linuxkit' }] },
      component: {
        type: 'operating-system',
        'bom-ref': ROOT_REF,
        name: system.name,
        properties: [property('platform', system.platform)],
      },
    },
    components: images,
    dependencies: dependenciesOf(images),
    ...(vulnerabilities.length > 0 && { vulnerabilities }),
  };
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumber(JSON.stringify([FORMAT, body])),
    version: 1,
    ...body,
  };
}

function imageRef(image: number): string {
  return `image-${image}`;
}

function componentRef(image: number, component: number): string {
  return `${imageRef(image)}-${component}`;
}

interface Item {
  readonly 'bom-ref': string;
  readonly components?: readonly Item[];
}

function componentOfImage({ image, components }: ImageInventory, i: number) {
  const ref = imageRef(i);
  const { name, digest, place, notes = [] } = image;
  return {
    type: 'container',
    'bom-ref': ref,
    name,
    version: digest,
    ...(notes.length > 0 && { description: notes.join(' ') }),
    hashes: hashesOf(image),
    purl: imagePurl(image),
    properties: [property('place', `/${place}`)],
    ...(components.length > 0 && {
      components: components.map((one, at) => componentOf(one, componentRef(i, at))),
    }),
  };
}

function hashesOf({ digest }: SbomImage) {
  return [{ alg: 'SHA-256', content: digest.replace(/^sha256:/, '') }];
}

function componentOf(component: Component, ref: string) {
  const { name, version, purl, sha256, source, paths } = component;
  return {
    type: 'library',
    'bom-ref': ref,
    name,
    ...(version !== undefined && version.length <= LONGEST_VERSION && { version }),
    ...(sha256 !== undefined && { hashes: [{ alg: 'SHA-256', content: sha256 }] }),
    ...licensesOf(component),
    ...(purl !== undefined && { purl }),
    ...(source && {
      properties: [property('source', [source.name, source.version].filter(Boolean).join('@'))],
    }),
    ...(paths.length > 0 && { evidence: { occurrences: paths.map((path) => ({ location: `/${path}` })) } }),
  };
}

function licensesOf({ licenses }: Component) {
  const { expression, words } = statedLicense(licenses);
  const acknowledgement = 'declared';
  if (expression !== undefined) return { licenses: [{ expression, acknowledgement }] };
  return words === undefined ? {} : { licenses: [{ license: { name: words, acknowledgement } }] };
}

/** The system depends on its images, and each image on its packages. */
function dependenciesOf(images: readonly Item[]) {
  const refs = (items: readonly Item[]) => items.map((item) => item['bom-ref']);
  return [
    { ref: ROOT_REF, dependsOn: refs(images) },
    ...images.map(({ 'bom-ref': ref, components = [] }) => ({ ref, dependsOn: refs(components) })),
  ];
}

function property(name: string, value: string) {
  return { name: `nx-linuxkit:${name}`, value };
}

/** A UUID of version 8, which is one of the application's own making: https://www.rfc-editor.org/rfc/rfc9562#section-5.8 */
function serialNumber(text: string): string {
  const digits = createHash('sha256').update(text).digest('hex');
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ];
  return `urn:uuid:${parts.join('-')}`;
}
