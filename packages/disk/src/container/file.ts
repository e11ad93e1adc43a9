import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Produces the file under a temporary name beside `path`; it gets its name when it is whole. */
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

/** A file of streamed bytes. */
export function writeStream(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  return writeAtomically(path, async (file) => {
    for await (const chunk of bytes) await writeFully(file, chunk);
  });
}

/** All of the bytes; at the file's own position unless one is given. */
export async function writeFully(file: FileHandle, bytes: Uint8Array, position?: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const at = position === undefined ? null : position + done;
    done += (await file.write(bytes, done, bytes.length - done, at)).bytesWritten;
  }
}

/** Adjacent small writes become one of about this size. */
const BATCH = 1 << 20;

/**
 * Writes that mostly follow each other: gathered, and under way while the next ones are prepared. The buffers
 * must stay as they are; errors come up at a later `write` or at `flush`.
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
    this.#writing = writeParts(this.file, this.#parts, this.#start);
    // Awaited above or in `flush`; a rejection meanwhile must not end the process.
    this.#writing.catch(() => undefined);
    this.#parts = [];
    this.#size = 0;
  }
}

async function writeParts(file: FileHandle, parts: readonly Uint8Array[], position: number): Promise<void> {
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
