import type { InspectedPackage } from '@nx-linuxkit/inspect';
import type { Tree } from '@nx-linuxkit/tree';
import { ownedPaths } from '../installed/owners.js';
import type { InstalledRecord } from '../installed/records.js';
import type { RootFile } from '../size/root-files.js';

/** The packages of a root, and which of its files belong to which. */
export interface InstalledPackages {
  /** By name, then by version. */
  readonly installed: readonly InspectedPackage[];
  /** Names with versions by the paths of files. */
  readonly owners: ReadonlyMap<string, string>;
}

/** Joins the records of all images: a package that several have in one version is one. */
export async function installedPackages(
  root: Tree,
  records: AsyncIterable<InstalledRecord>,
  files: readonly RootFile[],
): Promise<InstalledPackages> {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const owners = new Map<string, string>();
  const found = new Map<string, InspectedPackage>();
  for await (const record of records) {
    const { name, version, type } = record;
    const known = found.get(`${type} ${name} ${version}`);
    const image = record.inode.origin?.source;
    const images = new Set([...(known?.images ?? []), ...(image ? [image] : [])]);
    let size = known?.size ?? 0;
    for (const path of await ownedPaths(root, record)) {
      const file = byPath.get(path);
      if (!file || owners.has(path)) continue;
      owners.set(path, `${name} ${version}`);
      size += file.size;
    }
    found.set(`${type} ${name} ${version}`, { name, version, type, images: [...images].sort(), size });
  }
  return { installed: [...found.values()].sort(byName), owners };
}

function byName(a: InspectedPackage, b: InspectedPackage): number {
  return compare(a.name, b.name) || compare(a.version, b.version) || compare(a.type, b.type);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
