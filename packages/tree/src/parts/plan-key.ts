import type { Op } from '@nx-linuxkit/deflate';

/** Sha256, in hex, over what a plan inserts and keeps. With the layer's digest it names the part's bytes. */
export function planKey(_ops: Iterable<Op>): string {
  throw new Error('not built');
}
