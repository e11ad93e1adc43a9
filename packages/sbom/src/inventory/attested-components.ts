import { PackageURL } from 'packageurl-js';
import type { Element } from '../spdx/shape.js';
import type { Attested } from '../spdx/attested.js';
import type { Component } from './component.js';
import { distributionOf } from './distribution.js';

/** What stands for an image or a file as a whole, and not for a package. */
const NO_PACKAGE = ['CONTAINER', 'FILE', 'OPERATING-SYSTEM'];

/** The packages of a document that a scanner has attached to an image. */
export function attestedComponents({ packages }: Attested): Component[] {
  return packages
    .filter((element) => purlIn(element) !== undefined || !isWhole(element))
    .map((element) => componentOf(element));
}

function isWhole({ primaryPackagePurpose }: Element): boolean {
  return NO_PACKAGE.includes(String(primaryPackagePurpose));
}

function componentOf(element: Element): Component {
  const purl = purlIn(element);
  const licenses = [element.licenseDeclared, element.licenseConcluded].filter(isStated);
  return {
    ...(purl && ofPurl(purl)),
    name: purl ? nameIn(purl) : String(element.name),
    ...versionOf(element, purl),
    licenses: licenses.slice(0, 1),
    paths: [],
  };
}

function versionOf({ versionInfo }: Element, purl?: PackageURL): Pick<Component, 'version'> {
  const version = purl?.version ?? versionInfo;
  return typeof version === 'string' && version !== '' ? { version } : {};
}

function ofPurl(purl: PackageURL): Pick<Component, 'type' | 'purl' | 'source' | 'distribution'> {
  const { upstream, distro } = purl.qualifiers ?? {};
  const [, source, version] = /^([^@]+)(?:@(.+))?$/.exec(upstream ?? '') ?? [];
  const distribution = distributionOf(distro, purl.namespace ?? undefined);
  return {
    type: purl.type,
    purl: purl.toString(),
    ...(source !== undefined && { source: { name: source, ...(version !== undefined && { version }) } }),
    ...(distribution && { distribution }),
  };
}

/** The name with its namespace, where that is a part of the name and not the name of a distribution. */
function nameIn({ type, namespace, name }: PackageURL): string {
  const isPartOfName = !['deb', 'apk', 'rpm', 'oci', 'alpm'].includes(type ?? '');
  return isPartOfName && namespace ? `${namespace}/${name}` : String(name);
}

/** The first package URL of an element. One that cannot be read is none. */
function purlIn({ externalRefs }: Element): PackageURL | undefined {
  const references = (externalRefs ?? []) as readonly Element[];
  const text = references.find(({ referenceType }) => referenceType === 'purl')?.referenceLocator;
  try {
    return typeof text === 'string' ? PackageURL.fromString(text) : undefined;
  } catch {
    return undefined;
  }
}

function isStated(license: unknown): license is string {
  return typeof license === 'string' && !['', 'NONE', 'NOASSERTION'].includes(license);
}
