import { debianCodeName, type Distribution } from '@nx-linuxkit/sbom';

/**
 * Whether an advisory for a release of a distribution is about a package of one: `12` and `bookworm` are Debian 12, `v3.19` is Alpine
 * 3.19.1. An advisory without a release is about all; so is every one where it is not known what release a package is of.
 */
export function isOfRelease(release: string | undefined, distribution: Distribution | undefined): boolean {
  const version = distribution?.version;
  if (release === undefined || version === undefined) return true;
  if (/^[a-z]/.test(release) && !/^v\d/.test(release)) return debianCodeName(version) === release;
  // Ubuntu's releases have words around the number: `Pro:22.04:LTS`.
  const number = /\d+(?:\.\d+)*/.exec(release)?.[0];
  return number === undefined || version === number || version.startsWith(`${number}.`);
}
