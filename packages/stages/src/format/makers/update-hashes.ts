import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Bytes of a chunk: a machine compares its own chunks first, so that it looks at the blocks of a few only. */
const CHUNK = 2 ** 20;
/** Bytes of a block: that of erofs and of dm-verity, which write nothing smaller. */
const BLOCK = 4096;
/**
 * Digits of a hash in a list. They only say what need not be fetched: the whole file is checked by its SHA-256 once it is
 * written.
 */
const DIGITS = 16;

/** Where the lists of a file begin, in bytes from the start of the file of lists. */
export interface HashLists {
  readonly blocks: number;
  readonly chunks: number;
}

/** The lists of several files as one text, which is read once; `places` is complete when it has been read. */
export interface UpdateHashes {
  readonly text: AsyncIterable<Uint8Array>;
  readonly places: Readonly<Record<string, HashLists>>;
}

/**
 * Lists what each block of 4 KiB and each chunk of 1 MiB of the files hashes to, so that a machine with another version
 * fetches only what it lacks. A line is the first 16 digits of a SHA-256; a file has its blocks, then its chunks. Each
 * file is read once; the chunks of one are held in memory, 17 bytes for each MiB.
 */
export function updateHashes(files: Iterable<readonly [role: string, path: string]>): UpdateHashes {
  const places: Record<string, HashLists> = {};
  const text = async function* () {
    let at = 0;
    for (const [role, path] of files) {
      const [blocks, chunks] = [new Hashes(BLOCK), new Hashes(CHUNK)];
      const start = at;
      let later = '';
      for await (const bytes of createReadStream(path, { highWaterMark: CHUNK })) {
        const lines = blocks.of(bytes as Buffer);
        later += chunks.of(bytes as Buffer);
        at += lines.length;
        yield Buffer.from(lines);
      }
      const last = blocks.end();
      places[role] = { blocks: start, chunks: at + last.length };
      later += chunks.end();
      at += last.length + later.length;
      yield Buffer.from(last + later);
    }
  };
  return { text: text(), places };
}

/** Hashes a stream in pieces of one size, whatever the sizes of its chunks. */
class Hashes {
  private hash: Hash = createHash('sha256');
  private missing: number;

  constructor(private readonly size: number) {
    this.missing = size;
  }

  /** The lines of the pieces that end in these bytes. */
  of(bytes: Buffer): string {
    let lines = '';
    for (let from = 0; from < bytes.length;) {
      const part = bytes.subarray(from, from + this.missing);
      this.hash.update(part);
      from += part.length;
      this.missing -= part.length;
      if (this.missing === 0) lines += this.line();
    }
    return lines;
  }

  /** The line of the last piece, if it is shorter than the others. */
  end(): string {
    return this.missing < this.size ? this.line() : '';
  }

  private line(): string {
    const line = `${this.hash.digest('hex').slice(0, DIGITS)}\n`;
    this.hash = createHash('sha256');
    this.missing = this.size;
    return line;
  }
}
