import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFully } from '@nx-linuxkit/tree';

/** Writes the file under a temporary name beside `path` and renames it once `produce` has succeeded. */
export async function writeAtomically(
  path: string,
  produce: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}.tmp`);
  const file = await open(temporary, 'wx', 0o644);
  try {
    await produce(file);
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes streamed bytes as a file, atomically. The stream must not change a chunk that it has given. */
export function writeStream(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  return writeAtomically(path, async (file) => void (await writeChunks(file, bytes, 0)));
}

/** Writes streamed bytes from byte `position` of a file on, and returns where they end. */
export async function writeChunks(
  file: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  position: number,
): Promise<number> {
  const output = new BatchWriter(file);
  let at = position;
  for await (const chunk of bytes) {
    await output.write(chunk, at);
    at += chunk.length;
  }
  await output.flush();
  return at;
}

/** Bytes of adjacent small writes that are joined to one write. */
const BATCH = 1 << 20;

/**
 * Joins writes that mostly follow each other, and writes one batch while the caller prepares the next one. The caller
 * must not change a buffer before `flush` returns. A failed write rejects a later `write` or `flush`.
 */
export class BatchWriter {
  #start = 0;
  #size = 0;
  #parts: Uint8Array[] = [];
  #writing: Promise<void> = Promise.resolve();

  constructor(private readonly file: FileHandle) {}

  async write(bytes: Uint8Array, position: number): Promise<void> {
    if (this.#size >= BATCH || position !== this.#start + this.#size) await this.#send();
    if (this.#size === 0) this.#start = position;
    this.#parts.push(bytes);
    this.#size += bytes.length;
  }

  async flush(): Promise<void> {
    await this.#send();
    await this.#writing;
  }

  async #send(): Promise<void> {
    await this.#writing;
    this.#writing = writeBuffers(this.file, this.#parts, this.#start);
    // The next `#send` or `flush` awaits it; until then, a rejection must not end the process.
    this.#writing.catch(() => undefined);
    this.#parts = [];
    this.#size = 0;
  }
}

/** Writes all of the buffers, one after the other, from byte `position` on. */
async function writeBuffers(
  file: FileHandle,
  buffers: readonly Uint8Array[],
  position: number,
): Promise<void> {
  if (buffers.length === 0) return;
  let { bytesWritten } = await file.writev(buffers, position);
  // The kernel may have written less than it was given.
  for (const buffer of buffers) {
    position += buffer.length;
    const missing = Math.min(buffer.length, Math.max(0, buffer.length - bytesWritten));
    bytesWritten = Math.max(0, bytesWritten - buffer.length);
    if (missing > 0) await writeFully(file, buffer.subarray(buffer.length - missing), position - missing);
  }
}
