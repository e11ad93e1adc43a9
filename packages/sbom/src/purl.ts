import { PackageURL } from 'packageurl-js';
import type { DebianRecord, FoundPackage, SbomImage } from './facts.js';

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

/**
 * The package URL of a package that a file names: https://github.com/package-url/purl-spec/tree/main/types-doc. Undefined for a
 * name that its type does not allow, because images may hold any.
 */
export function foundPurl(found: FoundPackage): string | undefined {
  try {
    return purlOf(found);
  } catch {
    return undefined;
  }
}

function purlOf(found: FoundPackage): string {
  const { type, name, version, architecture: arch } = found;
  if (type === 'deb' || type === 'apk') {
    const { id = type === 'deb' ? 'debian' : 'alpine', version: release } = found.distribution ?? {};
    const distro = release === undefined ? undefined : `${id}-${release}`;
    return purl(type, id, name, version, { arch, distro, upstream: upstreamOf(found) });
  }
  if (type === 'pypi') return purl(type, undefined, normalPythonName(name), version, {});
  const slash = name.lastIndexOf('/');
  return purl(type, slash < 0 ? undefined : name.slice(0, slash), name.slice(slash + 1), version, {});
}

/** PyPI takes names for the same that differ in case and in runs of `-`, `_` and `.`: PEP 503. */
export function normalPythonName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

function upstreamOf({ source }: FoundPackage): string | undefined {
  return source && (source.version === undefined ? source.name : `${source.name}@${source.version}`);
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
