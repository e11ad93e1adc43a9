import type { FileHandle } from 'node:fs/promises';

/**
 * Writes all of the bytes, with as many writes as that takes; Node's `write` may write only some of them.
 * They go to byte `position`, or, without it, to the file's current position.
 */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done;
    done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}
