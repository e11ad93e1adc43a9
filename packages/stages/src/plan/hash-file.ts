import type { Hash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/** Bytes that are read at once. */
const CHUNK = 2 ** 20;
/** Every file is read into the same memory: fresh memory for each takes longer than reading a small file. */
let memory: Buffer | undefined;

/** Adds the bytes of a file to a hash, and gives its digest. */
export function hashFile(path: string, hash: Hash): Buffer {
  const buffer = (memory ??= Buffer.allocUnsafeSlow(CHUNK));
  const file = openSync(path, 'r');
  try {
    for (let read = readSync(file, buffer); read > 0; read = readSync(file, buffer)) {
      hash.update(buffer.subarray(0, read));
    }
  } finally {
    closeSync(file);
  }
  return hash.digest();
}
