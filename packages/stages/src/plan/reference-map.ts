import type { LockedImage } from '@nx-linuxkit/oci/lock';
import { referenceName } from './reference-name.js';
import { PACKAGE_PREFIX, type Settings } from './settings.js';

/** What stands for the references of a YAML by the option `images`, and by the tags of packages of the workspace. */
export interface ReferenceMap {
  /**
   * What may stand for a reference, best first: one package of the workspace, or registry references, of which the lock
   * says which one has the image.
   */
  targets(reference: string): readonly string[];
  /** What stands for a reference. `locked` is the lock's entry for it. */
  target(reference: string, locked?: LockedImage): string;
}

/** `hasPackage` tells whether there is a package for a target that begins with `@pkg:`; `tagged` gives the package of a tag. */
export function referenceMap(
  images: Settings['images'],
  hasPackage: (target: string) => boolean,
  tagged: (reference: string) => string | undefined = () => undefined,
): ReferenceMap {
  const targets = (reference: string) => {
    const found = targetsOf(reference, images, hasPackage);
    const local = found.map(tagged).find((target) => target !== undefined);
    return local === undefined ? found : [local];
  };
  return {
    targets,
    target(reference, locked) {
      const [first, ...more] = targets(reference);
      return more.find((target) => target === locked?.from) ?? first;
    },
  };
}

/** True for a target that is a package of the workspace, or of npm. */
export function isPackage(target: string): boolean {
  return target.startsWith(PACKAGE_PREFIX);
}

/**
 * An exact entry counts first, then one without tag, then the longest prefix. Its targets are tried in order: a package
 * that is there ends the search, and registries before it do too, as a graph asks none. A prefix without a target for a
 * reference leaves it as it is; an exact entry has to lead somewhere, so its package is reported as missing.
 */
function targetsOf(
  reference: string,
  images: Settings['images'] = {},
  hasPackage: (target: string) => boolean,
): readonly string[] {
  const name = referenceName(reference);
  const exact = [reference, name].find((key) => Object.hasOwn(images, key));
  if (exact !== undefined) {
    const targets = listOf(images[exact]);
    const found = usable(targets, hasPackage);
    return found.length > 0 ? found : targets.slice(-1);
  }
  const prefix = prefixOf(reference, images);
  if (prefix === undefined) return [reference];
  // A package is named by its folder: it has no tags.
  const rest = (target: string) => (isPackage(target) ? name : reference).slice(prefix.length);
  const found = usable(
    listOf(images[prefix]).map((target) => target + rest(target)),
    hasPackage,
  );
  return found.length > 0 ? found : [reference];
}

/** The longest prefix of the option `images` that a reference has. */
function prefixOf(reference: string, images: NonNullable<Settings['images']>): string | undefined {
  return Object.keys(images)
    .filter((key) => key.endsWith('/') && reference.startsWith(key))
    .sort((a, b) => b.length - a.length)[0];
}

/** What the option `images` says about a reference whose prefix leads to packages alone; undefined for any other. */
export function packagePrefix(
  reference: string,
  images: Settings['images'] = {},
): { readonly prefix: string; readonly packages: readonly string[] } | undefined {
  const prefix = prefixOf(reference, images);
  if (prefix === undefined) return undefined;
  const packages = listOf(images[prefix]).filter(isPackage);
  return packages.length === listOf(images[prefix]).length ? { prefix, packages } : undefined;
}

function usable(targets: readonly string[], hasPackage: (target: string) => boolean): readonly string[] {
  const first = targets.find((target) => !isPackage(target) || hasPackage(target));
  if (first === undefined) return [];
  return isPackage(first) ? [first] : targets.filter((target) => !isPackage(target));
}

function listOf(targets: string | readonly string[]): readonly string[] {
  return typeof targets === 'string' ? [targets] : targets;
}
