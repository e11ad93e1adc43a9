import type { Distribution } from '../facts.js';

/** Debian's releases by their code names: https://www.debian.org/releases/ */
const DEBIAN_RELEASES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    stretch: '9',
    buster: '10',
    bullseye: '11',
    bookworm: '12',
    trixie: '13',
    forky: '14',
    duke: '15',
  }),
);

/** The number of a release of Debian; undefined for a name that no release has. */
export function debianRelease(codeName: string): string | undefined {
  return DEBIAN_RELEASES.get(codeName);
}

/** The code name of a release of Debian; undefined for a number that has none. */
export function debianCodeName(release: string): string | undefined {
  const [number] = release.split('.');
  return [...DEBIAN_RELEASES].find(([, one]) => one === number)?.[0];
}

/** Reads the qualifier `distro` of a package URL: `debian-12`, `alpine-3.19.1`, or the code name `bookworm`. */
export function distributionOf(distro: string | undefined, namespace?: string): Distribution | undefined {
  if (distro === undefined || distro === '') return namespace === undefined ? undefined : { id: namespace };
  const [, id, version] = /^(.+?)-(\d.*)$/.exec(distro) ?? [];
  if (id !== undefined) return { id, version };
  const release = debianRelease(distro);
  return { id: namespace ?? distro, ...(release !== undefined && { version: release }) };
}
