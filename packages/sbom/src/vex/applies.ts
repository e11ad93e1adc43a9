import { PackageURL } from 'packageurl-js';
import type { Component } from '../inventory/component.js';
import type { SbomImage } from '../facts.js';
import { imagePurl } from '../purl.js';
import type { VexStatement } from './statement.js';

/** A package at its place. */
export interface PlacedComponent {
  readonly system: string;
  readonly image: SbomImage;
  readonly component: Component;
}

/**
 * Whether a statement is about a package: its products are the system, an image that has the package, or the package itself; with
 * subcomponents it is about these packages of the system or of the image.
 */
export function appliesTo({ products }: VexStatement, placed: PlacedComponent): boolean {
  if (products.length === 0) return true;
  return products.some(({ id, subcomponents }) => {
    if (namesPackage(id, placed.component.purl)) return true;
    const isInside =
      id === placed.system || id === placed.image.name || namesPackage(id, imagePurl(placed.image));
    const isPart = subcomponents.some((part) => namesPackage(part, placed.component.purl));
    return isInside && (subcomponents.length === 0 || isPart);
  });
}

/** Whether a package URL names a package. What it leaves out, a version or a qualifier, may be anything. */
function namesPackage(id: string, purl: string | undefined): boolean {
  if (purl === undefined || !id.startsWith('pkg:')) return false;
  const [wanted, has] = [id, purl].map(parse);
  if (!wanted || !has) return false;
  const isSame = ['type', 'namespace', 'name'].every(
    (key) => (wanted[key as 'name'] ?? '') === (has[key as 'name'] ?? ''),
  );
  const isVersion = !wanted.version || wanted.version === has.version;
  const qualifiers = Object.entries(wanted.qualifiers ?? {});
  return isSame && isVersion && qualifiers.every(([key, value]) => has.qualifiers?.[key] === value);
}

function parse(text: string): PackageURL | undefined {
  try {
    return PackageURL.fromString(text);
  } catch {
    return undefined;
  }
}
