import type { Entry } from '../inode.js';

export interface TarOptions {
  /** Write inode.origin as the PAX records LINUXKIT.source and LINUXKIT.location. */
  readonly origins?: boolean;
}

/**
 * A deterministic tar: entries in the order given, PAX records only where ustar has no room. The second name of
 * an inode becomes a hard link to its first.
 */
export async function* writeTar(
  _entries: Iterable<Entry>,
  _options: TarOptions = {},
): AsyncGenerator<Uint8Array> {
  throw new Error('not built');
}
