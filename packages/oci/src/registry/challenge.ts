/** How a registry asks for credentials. */
export interface Challenge {
  readonly scheme: 'bearer' | 'basic';
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Reads a `WWW-Authenticate` header (RFC 9110, section 11.6.1), such as `Bearer realm="https://…",service="…"`.
 * Bearer is preferred where a header has several challenges.
 */
export function parseChallenges(header: string | undefined): Challenge | undefined {
  const challenges: Challenge[] = [];
  let current: Map<string, string> | undefined;
  const token = /(?:^|[\s,]+)([A-Za-z0-9!#$%&'*+.^_`|~-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g;
  for (const [, name, quoted, bare] of (header ?? '').matchAll(token)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare;
    if (value !== undefined) {
      current?.set(name.toLowerCase(), value);
      continue;
    }
    current = new Map();
    const scheme = name.toLowerCase();
    if (scheme === 'bearer' || scheme === 'basic') challenges.push({ scheme, parameters: current });
  }
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges[0];
}
