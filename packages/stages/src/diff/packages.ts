import type { Tree } from '@nx-linuxkit/tree';
import { installedRecords } from '../installed/records.js';
import type { VersionChange } from './system-diff.js';

/** The versions of the packages that the records in a root list, by place and name. */
export async function packagesOf(root: Tree): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, version, place } of installedRecords(root))
    found.set(place ? `${name} in ${place}` : name, version);
  return found;
}

/** What has another version in the second list, sorted by name. */
export function versionChanges(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): VersionChange[] {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort();
  return names.flatMap((name) => {
    const [old, now] = [before.get(name), after.get(name)];
    if (old === now) return [];
    return [{ name, ...(old !== undefined && { before: old }), ...(now !== undefined && { after: now }) }];
  });
}
