import { createHash } from 'node:crypto';
import { lstat, open, type FileHandle } from 'node:fs/promises';
import { CHUNK } from '../seal.js';

/** A file beside the one that it should equal. */
export interface Comparison {
  /** sha256 of the file, in hexadecimal; undefined where there is no regular file. */
  readonly actual?: string;
  /** sha256 of the file that was made again; undefined where it was not made. */
  readonly expected?: string;
  /** Offset of the first byte that differs; undefined for equal files. 0 where one of the two is missing. */
  readonly firstDifference?: number;
}

/** Compares two files by all their bytes, with two buffers of 1 MiB. A link is no regular file. */
export async function compareFiles(actualPath: string, expectedPath: string): Promise<Comparison> {
  const [actual, expected] = [await Hashed.open(actualPath), await Hashed.open(expectedPath)];
  try {
    let firstDifference: number | undefined = actual && expected ? undefined : 0;
    for (let offset = 0; ; offset += CHUNK) {
      const [left, right] = await Promise.all([actual?.chunk(offset), expected?.chunk(offset)]);
      if (!left?.length && !right?.length) break;
      if (left && right) firstDifference ??= differenceOf(left, right, offset);
    }
    return {
      actual: actual?.sha256(),
      expected: expected?.sha256(),
      ...(firstDifference !== undefined && { firstDifference }),
    };
  } finally {
    await actual?.close();
    await expected?.close();
  }
}

/** Offset of the first byte that differs, in files whose chunks begin at `offset`. */
function differenceOf(left: Buffer, right: Buffer, offset: number): number | undefined {
  if (left.equals(right)) return undefined;
  const shared = Math.min(left.length, right.length);
  for (let i = 0; i < shared; i += 1) if (left[i] !== right[i]) return offset + i;
  return offset + shared;
}

/** A file that is read from front to end and hashed meanwhile. */
class Hashed {
  private readonly hash = createHash('sha256');
  private readonly buffer = Buffer.allocUnsafeSlow(CHUNK);

  private constructor(private readonly file: FileHandle) {}

  static async open(path: string): Promise<Hashed | undefined> {
    const found = await lstat(path).catch(() => undefined);
    return found?.isFile() ? new Hashed(await open(path)) : undefined;
  }

  /** The bytes from `offset` on: a whole chunk, but at the end of the file. Valid until the next call. */
  async chunk(offset: number): Promise<Buffer> {
    let length = 0;
    while (length < CHUNK) {
      const { bytesRead } = await this.file.read(this.buffer, length, CHUNK - length, offset + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const bytes = this.buffer.subarray(0, length);
    this.hash.update(bytes);
    return bytes;
  }

  sha256(): string {
    return this.hash.digest('hex');
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
