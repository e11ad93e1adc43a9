import type { Entry } from '../inode.js';

/** One complete newc archive, for the Linux kernel: trailer included, padded to 4 bytes. */
export async function* writeCpio(_entries: Iterable<Entry>): AsyncGenerator<Uint8Array> {
  throw new Error('not built');
}
