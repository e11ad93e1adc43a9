import { compress } from '@nx-linuxkit/deflate';
import type { Compressor } from '../plan/settings.js';
import { zstd } from './zstd.js';

/** Compresses cpio members into one gzip member or zstd frame that can be joined to others; see `envelopeOf`. */
export function encode(
  members: AsyncIterable<Uint8Array>,
  compressor: Compressor,
): AsyncIterable<Uint8Array> {
  if (compressor === 'gzip') return compress(members, { joinable: true });
  return compressor === 'zstd' ? zstd(members) : members;
}
