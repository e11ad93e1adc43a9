/** The scheme that tells a reference of a registry from a path. */
const SCHEME = 'oci://';

/** The reference in a URL such as `oci://registry.example/systems/my-os:1.0`; undefined for a text of another form. */
export function referenceOfUrl(text: string): string | undefined {
  return text.startsWith(SCHEME) ? text.slice(SCHEME.length) : undefined;
}
