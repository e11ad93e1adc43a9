import type { FileHandle } from 'node:fs/promises';

/** All of the bytes; at the file's own position unless one is given. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done;
    done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}

/** Buffers one after the other from `position` on. */
export async function writeParts(
  file: FileHandle,
  parts: readonly Uint8Array[],
  position: number,
): Promise<void> {
  if (parts.length === 0) return;
  let { bytesWritten } = await file.writev(parts, position);
  // The kernel may take less than it was given.
  for (const part of parts) {
    position += part.length;
    const missing = Math.min(part.length, Math.max(0, part.length - bytesWritten));
    bytesWritten = Math.max(0, bytesWritten - part.length);
    if (missing > 0) await writeFully(file, part.subarray(part.length - missing), position - missing);
  }
}
