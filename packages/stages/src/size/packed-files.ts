import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { portableZstd } from '@nx-linuxkit/oci';
import type { Compressor } from '../plan/settings.js';
import { MemberMeter } from './member-meter.js';

/**
 * Uncompressed bytes of which the compressed size is measured at once. Files that share such a run share its bytes by their sizes, so a
 * small step tells small files apart; a smaller one doubles the calls into zlib, and the time.
 */
const STEP = 8 << 10;

/** Bytes of an initrd that the zstd decoder gets at once: it gives the blocks that end in them. */
const ZSTD_STEP = 4 << 10;

/**
 * Measures how many bytes of a compressed archive each member takes, with its header and name, by its path. `archive` is an initrd
 * without microcode: one newc archive in one gzip member or zstd frame.
 */
export async function packedByPath(
  archive: AsyncIterable<Uint8Array>,
  compressor: Compressor,
): Promise<ReadonlyMap<string, number>> {
  const meter = new MemberMeter();
  const take = (plain: Uint8Array, packed: number) => meter.take(plain, packed);
  if (compressor === 'gzip') await meterGzip(archive, take);
  else if (compressor === 'zstd') await meterZstd(archive, take);
  else for await (const chunk of archive) take(chunk, chunk.length);
  return meter.packed;
}

/** Takes plain bytes, and how many compressed ones gave them. */
type Take = (plain: Uint8Array, packed: number) => void;

async function meterGzip(archive: AsyncIterable<Uint8Array>, take: Take): Promise<void> {
  const gunzip = createGunzip({ chunkSize: STEP });
  let before = 0;
  const sink = new Writable({
    write(plain: Buffer, _encoding, done) {
      // What zlib has taken so far. The sink is never busy, so each chunk comes as soon as zlib gives it.
      const now = gunzip.bytesWritten;
      take(plain, now - before);
      before = now;
      done();
    },
  });
  await pipeline(Readable.from(archive), gunzip, sink);
}

async function meterZstd(archive: AsyncIterable<Uint8Array>, take: Take): Promise<void> {
  let taken = 0;
  let before = 0;
  const pieces = async function* () {
    for await (const chunk of archive) {
      for (let at = 0; at < chunk.length; at += ZSTD_STEP) {
        const piece = chunk.subarray(at, at + ZSTD_STEP);
        taken += piece.length;
        yield piece;
      }
    }
  };
  // A piece may end several blocks; the first of them gets the bytes of all, and the next one begins anew.
  for await (const plain of portableZstd(pieces())) {
    take(plain, taken - before);
    before = taken;
  }
}
