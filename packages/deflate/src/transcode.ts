import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { compress } from './compress.js';
import type { Op } from './op.js';
import { rewrite } from './rewrite.js';

/** What `compress(rewrite(gunzip(gzip), ops))` gives after gunzip. */
export function transcode(gzip: AsyncIterable<Uint8Array>, ops: Iterable<Op>): AsyncGenerator<Uint8Array> {
  return compress(
    rewrite(
      pipeline(gzip, createGunzip({ chunkSize: 1 << 20 }), () => undefined),
      ops,
    ),
  );
}
