import type { Wanted } from './platform.js';

/** What a push writes into the description of an image. */
export interface Mark {
  readonly system: string;
  /** Hexadecimal digest of the file. */
  readonly sha256: string;
}

const MARK = /nx-linuxkit system=(.*) sha256=([0-9a-f]{64})/;

/** Writes a description by which `readMark` finds the image again, for platforms whose tags allow few characters. */
export function markOf({ system, file }: Pick<Wanted, 'system' | 'file'>): string {
  return `nx-linuxkit system=${system} sha256=${file.sha256}`;
}

/** Reads a description. Undefined for an image that no push has made. */
export function readMark(description: string | null | undefined): Mark | undefined {
  const [, system, sha256] = MARK.exec(description ?? '') ?? [];
  return system !== undefined && sha256 !== undefined ? { system, sha256 } : undefined;
}
