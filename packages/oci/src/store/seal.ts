import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const CHUNK = 1 << 20;

/** Size and CRC-32 of a derived file, which its seal records. */
export interface Checksum {
  /** The size of the file. */
  readonly bytes: number;
  readonly crc32: number;
}

/**
 * Computes the seal of a derived file: a line with its size and its CRC-32.
 *
 * A seal guards against accidents: a crash between write and rename, a bad disk, an editor that opened a hard link.
 * No checksum beside a file helps against a person who can write to the store, so that speed decides. A core
 * computes CRC-32 at 2.8 GB/s (1 GB/s without vector instructions) and SHA-256 at 1.5 GB/s (0.25). Speed counts,
 * because a whole file is read when it is first found, even a layer of 1 GiB. Accidents change a few neighbouring
 * bytes, which a CRC-32 always finds, or all bytes, which it misses once in 2^32 times.
 *
 * `zlib.crc32` exists since Node 20.15 and 22.2.
 */
export async function sealOf(file: string): Promise<string> {
  const handle = await open(file, 'r');
  try {
    let [bytes, sum] = [0, 0];
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK, bytes);
      if (bytesRead === 0) return sealLine({ bytes, crc32: sum });
      sum = crc32(chunk.subarray(0, bytesRead), sum);
      bytes += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

/** Writes a checksum as the line of a seal. */
export function sealLine({ bytes, crc32: sum }: Checksum): string {
  return `crc32 ${bytes} ${sum.toString(16).padStart(8, '0')}\n`;
}
