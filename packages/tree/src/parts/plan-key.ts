import { createHash } from 'node:crypto';
import type { Op } from '@nx-linuxkit/deflate';

/** Sha256, in hex, over what a plan inserts and keeps. With the layer's digest it names the part's bytes. */
export function planKey(ops: Iterable<Op>): string {
  const hash = createHash('sha256');
  for (const op of ops) {
    if ('keep' in op) {
      hash.update(`keep ${op.keep[0]} ${op.keep[1]}\n`);
    } else {
      // the length in front keeps inserted bytes from posing as another op
      hash.update(`insert ${op.insert.length}\n`);
      hash.update(op.insert);
    }
  }
  return hash.digest('hex');
}
