/** What `--checksum` says about bytes. https://docs.docker.com/reference/dockerfile/#add---checksum */
export interface Checksum {
  /** As Node names it. */
  readonly algorithm: 'sha256' | 'sha384' | 'sha512';
  /** In lower case. */
  readonly hex: string;
}

const BITS = { sha256: 256, sha384: 384, sha512: 512 } as const;

/** Reads `sha256:…`, `sha384:…` and `sha512:…`; undefined for anything else. */
export function parseChecksum(text: string): Checksum | undefined {
  const [, name, hex] = /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(text) ?? [];
  const algorithm = name as Checksum['algorithm'];
  return name !== undefined && hex.length === BITS[algorithm] / 4 ? { algorithm, hex } : undefined;
}

/** As a Dockerfile has it. */
export function checksumText({ algorithm, hex }: Checksum): string {
  return `${algorithm}:${hex}`;
}
