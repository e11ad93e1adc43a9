import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { CloudError } from '../error.js';

/** A block of a file. */
export interface DiskBlock {
  readonly index: number;
  readonly bytes: Buffer;
}

/** Bytes of one read. */
const READ = 4 * 2 ** 20;
/** Bytes of a part: a line that is slow shows some progress. */
const PART = 2 ** 20;

/** A disk's file, opened for reading. Close it in the end. */
export class DiskFile {
  private constructor(
    readonly path: string,
    private readonly file: FileHandle,
    /** Bytes. */
    readonly size: number,
    /** Hexadecimal digits of the digest of all bytes, which names the disk everywhere. */
    readonly sha256: string,
  ) {}

  /** Opens a file and reads it once, for its digest. Throws CloudError `bad-file`. */
  static async open(path: string): Promise<DiskFile> {
    let file: FileHandle;
    try {
      file = await open(path, 'r');
    } catch (cause) {
      throw new CloudError('bad-file', `cannot read ${path}`, {
        hint: 'Build the format first.',
        cause,
      });
    }
    try {
      const { size } = await file.stat();
      const hash = createHash('sha256');
      const buffer = Buffer.alloc(READ);
      for (let at = 0; at < size;) {
        const { bytesRead } = await file.read(buffer, 0, READ, at);
        if (bytesRead === 0) throw new CloudError('bad-file', `${path} became shorter while it was read`);
        hash.update(buffer.subarray(0, bytesRead));
        at += bytesRead;
      }
      return new DiskFile(path, file, size, hash.digest('hex'));
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** The bytes from `start` up to `end`; zeros behind the end of the file. */
  async read(start: number, end: number): Promise<Buffer> {
    const bytes = Buffer.alloc(end - start);
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await this.file.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    return bytes;
  }

  /** Yields all bytes, part by part, and reports how many of them were taken. */
  async *parts(progress: (taken: number, total: number) => void): AsyncGenerator<Buffer> {
    for (let at = 0; at < this.size; at += PART) {
      progress(at, this.size);
      yield await this.read(at, Math.min(at + PART, this.size));
    }
    progress(this.size, this.size);
  }

  /** Yields the blocks of `size` bytes that hold anything but zeros; the last one is filled up with zeros. */
  async *blocks(size: number): AsyncGenerator<DiskBlock> {
    for (let index = 0; index * size < this.size; index++) {
      const bytes = await this.read(index * size, (index + 1) * size);
      if (!isZero(bytes)) yield { index, bytes };
    }
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}

/** Tells whether all bytes are zeros. */
export function isZero(bytes: Buffer): boolean {
  // Every byte equals the next one, and the first one is 0: one comparison in native code.
  return (
    bytes.length === 0 || (bytes[0] === 0 && bytes.compare(bytes, 1, bytes.length, 0, bytes.length - 1) === 0)
  );
}
