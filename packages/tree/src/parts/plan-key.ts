import { createHash } from 'node:crypto';
import type { Op } from '@nx-linuxkit/deflate';

/** A SHA-256 in hex over what a plan inserts and keeps. Together with the layer's digest it names the part's bytes. */
export function planKey(ops: Iterable<Op>): string {
  const hash = createHash('sha256');
  for (const op of ops) {
    if ('keep' in op) {
      hash.update(`keep ${op.keep[0]} ${op.keep[1]}\n`);
    } else {
      // The length in front prevents inserted bytes from imitating another step.
      hash.update(`insert ${op.insert.length}\n`);
      hash.update(op.insert);
    }
  }
  return hash.digest('hex');
}
