import { PackageURL } from 'packageurl-js';
import type { DebianRecord, SbomImage } from './facts.js';

/** The package URL of an image: https://github.com/package-url/purl-spec/blob/main/types-doc/oci-definition.md */
export function imagePurl({ name, digest, platform, repository }: SbomImage): string {
  const [, architecture] = platform.split('/');
  const word = lastWord(repository ?? name).toLowerCase();
  return purl('oci', undefined, word, digest, { arch: architecture, repository_url: repository });
}

/**
 * The package URL of a Debian package: https://github.com/package-url/purl-spec/blob/main/types-doc/deb-definition.md.
 * `upstream` names the source package where it has another name, as syft writes it and grype reads it.
 */
export function debianPurl({ name, version, architecture, source }: DebianRecord, suite: string): string {
  const upstream = source === name ? undefined : source;
  return purl('deb', 'debian', name, version, { arch: architecture, distro: suite, upstream });
}

function purl(
  type: string,
  namespace: string | undefined,
  name: string,
  version: string,
  qualifiers: Readonly<Record<string, string | undefined>>,
): string {
  const given = Object.entries(qualifiers).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return new PackageURL(type, namespace, name, version, Object.fromEntries(given), undefined).toString();
}

/** `docker.io/library/nginx:1` is `nginx`. A package URL needs a name, whatever an image is called. */
function lastWord(name: string): string {
  return /([^/:@]+)(?:[:@][^/]*)?$/.exec(name)?.[1] ?? 'image';
}
