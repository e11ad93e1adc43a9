import { randomBytes } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { writeFully, writeParts } from '@nx-linuxkit/tree';

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
