import { compress } from '@nx-linuxkit/deflate';
import type { Compressor } from '../plan/settings.js';
import { zstd } from './zstd.js';

/** Compresses one archive: as one gzip member or one zstd frame, as the kernel wants it. */
export function encode(
  archive: AsyncIterable<Uint8Array>,
  compressor: Compressor,
): AsyncIterable<Uint8Array> {
  if (compressor === 'gzip') return compress(archive);
  return compressor === 'zstd' ? zstd(archive) : archive;
}
