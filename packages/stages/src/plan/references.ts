import type { OsSpec } from '@nx-linuxkit/spec';

/** The references of an OS in LinuxKit's order, each once. */
export function referencesOf(os: OsSpec): string[] {
  const containers = [...os.onboot, ...os.onshutdown, ...os.services];
  const all = [
    os.kernel?.image,
    ...os.init,
    ...os.volumes.map(({ image }) => image),
    ...containers.map(({ image }) => image),
  ];
  return [...new Set(all.filter((reference): reference is string => Boolean(reference)))];
}
