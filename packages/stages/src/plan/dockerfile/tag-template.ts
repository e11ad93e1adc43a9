/** The one value of the Go template in the key `tag` of a build.yml. */
const HASH = /\{\{-?\s*\.Hash\s*-?\}\}/g;

/** Puts a hash into the key `tag` of a build.yml. What the template has beside it stays. */
export function expandTag(template: string, hash: string): string {
  return template.replace(HASH, hash);
}

/**
 * The hash of git that a tag has by a template; '' for a template without one, which stands for the same tag always.
 * Undefined for a tag that does not stem from the template.
 */
export function hashInTag(template: string, tag: string): string | undefined {
  if (template === tag) return '';
  const [hash] = /[0-9a-f]{64}|[0-9a-f]{40}/.exec(tag) ?? [];
  return hash !== undefined && expandTag(template, hash) === tag ? hash : undefined;
}
