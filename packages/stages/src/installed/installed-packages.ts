import type { PackageFiles } from '@nx-linuxkit/debian';
import type { Tree } from '@nx-linuxkit/tree';
import type { RootFile } from '../size/root-files.js';
import { ownedPaths } from './owners.js';
import { installedRecords } from './records.js';

/** A package that something installed, as the records of an image or its stage name it. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  readonly type: 'deb' | 'apk';
  /** The images that bring it, sorted. */
  readonly images: readonly string[];
  /** Its files, each copy of them. Empty where nothing lists them. */
  readonly files: readonly RootFile[];
}

/** The packages of a root, and which of its files belong to which. */
export interface InstalledPackages {
  /** By name, then by version. */
  readonly installed: readonly InstalledPackage[];
  /** Names with versions by the paths of files. */
  readonly owners: ReadonlyMap<string, string>;
}

/** The Debian packages of an image that a stage made. */
export interface MadePackages {
  readonly reference: string;
  /** Where its root lies: `containers/services/nginx/rootfs`, '' for the root itself. */
  readonly place: string;
  readonly packages: readonly PackageFiles[];
}

/**
 * Joins the records in all images with what stages know of the images that they made: a package that several have in one
 * version is one. `files` are those of the root.
 */
export async function installedPackages(
  root: Tree,
  files: readonly RootFile[],
  made: readonly MadePackages[],
): Promise<InstalledPackages> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const owners = new Map<string, string>();
  const found = new Map<string, Found>();
  for await (const { name, version, type, image, paths } of listed(root, made)) {
    const key = JSON.stringify([type, name, version]);
    const one = found.get(key) ?? { name, version, type, images: new Set(), files: [] };
    found.set(key, one);
    if (image !== undefined) one.images.add(image);
    for (const path of paths) {
      const file = byPath.get(path.path);
      const isOther = path.image !== undefined && file?.image !== path.image;
      if (!file || isOther || owners.has(file.path)) continue;
      owners.set(file.path, `${name} ${version}`);
      one.files.push(file);
    }
  }
  const installed = [...found.values()].map((one) => ({ ...one, images: [...one.images].sort() }));
  return { installed: installed.sort(byName), owners };
}

/** A package while records are joined. An image may name one any number of times, so nothing is copied for each. */
interface Found extends Pick<InstalledPackage, 'name' | 'version' | 'type'> {
  readonly images: Set<string>;
  readonly files: RootFile[];
}

/** A package of one image, and where its files would lie. */
interface Listed extends Pick<InstalledPackage, 'name' | 'version' | 'type'> {
  readonly image?: string;
  readonly paths: readonly {
    readonly path: string;
    /** What brings the file, if it is the package's: the YAML and other images replace files. Absent where a record may be of several images. */
    readonly image?: string;
  }[];
}

async function* listed(root: Tree, made: readonly MadePackages[]): AsyncGenerator<Listed> {
  for await (const record of installedRecords(root)) {
    const { name, version, type, inode } = record;
    const paths = (await ownedPaths(root, record)).map((path) => ({ path }));
    yield { name, version, type, image: inode.origin?.source, paths };
  }
  for (const { reference, place, packages } of made) {
    for (const { name, version, files } of packages) {
      const paths = files.map((path) => ({
        path: place === '' ? path : `${place}/${path}`,
        image: reference,
      }));
      yield { name, version, type: 'deb', image: reference, paths };
    }
  }
}

function byName(a: InstalledPackage, b: InstalledPackage): number {
  return compare(a.name, b.name) || compare(a.version, b.version) || compare(a.type, b.type);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
