import { OciError } from './error.js';

// The format is in RFC 8878, sections 3.1.1 and 3.1.2: https://www.rfc-editor.org/rfc/rfc8878
const FRAME = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const RLE_BLOCK = 1;
/** Lengths of the dictionary ID and of the content size in bytes, indexed by their two bits in the descriptor. */
const DICTIONARY_BYTES = [0, 1, 2, 4];
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];

/** A block has at most 128 KiB (RFC 8878, section 3.1.1.2.4), so that the output of a piece is at most 1 MiB. */
const BLOCKS_PER_PIECE = 8;

/**
 * Walks over the frames and blocks of a zstd stream, ahead of the portable decoder. That one allocates up to 2 GiB for
 * the window of a frame, and decodes all blocks of a chunk at once: four bytes can be a block of 128 KiB. So a frame
 * with a window of more than `limit` bytes is refused, and chunks are cut into pieces with few blocks.
 */
export class ZstdFrames {
  private head: number[] = [];
  private skip = 0;
  private checksum = 0;
  private inFrame = false;
  private window = 0;
  /** Bytes that the portable decoder has moved so far: it shifts the whole window after each block. */
  moved = 0;

  constructor(private readonly limit: number) {}

  /** Bytes of the window of a frame that just ended; 0 within a frame. */
  get endedWindow(): number {
    return this.inFrame ? 0 : this.window;
  }

  /** Cuts the next chunk of the stream into pieces. Throws `invalid-compression`. */
  *pieces(chunk: Uint8Array): Generator<Uint8Array, void> {
    let [start, blocks] = [0, 0];
    for (let at = 0; at < chunk.length;) {
      if (blocks === BLOCKS_PER_PIECE && this.skip === 0) {
        yield chunk.subarray(start, at);
        [start, blocks] = [at, 0];
      }
      if (this.skip > 0) {
        const step = Math.min(this.skip, chunk.length - at);
        this.skip -= step;
        at += step;
        continue;
      }
      this.head.push(chunk[at++]);
      if (!(this.inFrame ? this.block() : this.frame())) continue;
      this.head = [];
      // A frame begins a piece of its own: it has a window of its own, and the one before must be free by then.
      blocks = this.inFrame ? blocks + 1 : BLOCKS_PER_PIECE;
    }
    yield chunk.subarray(start);
  }

  /** Reads a block header; returns false until all of its bytes are there. */
  private block(): boolean {
    if (this.head.length < 3) return false;
    const header = little(this.head);
    const size = header >>> 3;
    this.moved += this.window;
    const last = (header & 1) === 1;
    this.skip = (((header >>> 1) & 3) === RLE_BLOCK ? 1 : size) + (last ? this.checksum : 0);
    this.inFrame = !last;
    return true;
  }

  /** Reads a frame header; returns false until all of its bytes are there. */
  private frame(): boolean {
    const { head } = this;
    if (head.length < 5) return false;
    const magic = little(head.slice(0, 4));
    if (magic !== FRAME) {
      if ((magic & 0xfffffff0) >>> 0 !== SKIPPABLE)
        throw damaged('a frame does not start with its magic number');
      if (head.length < 8) return false;
      this.skip = little(head.slice(4));
      return true;
    }
    const singleSegment = (head[4] >> 5) & 1;
    const dictionary = DICTIONARY_BYTES[head[4] & 3];
    const contentSize = CONTENT_SIZE_BYTES[head[4] >> 6] || singleSegment;
    if (head.length < 5 + (1 - singleSegment) + dictionary + contentSize) return false;
    this.checkWindow(singleSegment ? little(head.slice(head.length - contentSize)) : windowOf(head[5]));
    this.checksum = (head[4] >> 2) & 1 ? 4 : 0;
    this.inFrame = true;
    return true;
  }

  private checkWindow(window: number): void {
    this.window = window;
    if (window > this.limit) {
      throw damaged(`it needs a window of ${window} bytes, expected at most ${this.limit}`);
    }
  }
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function little(bytes: readonly number[]): number {
  return bytes.reduceRight((value, byte) => value * 256 + byte, 0);
}

function damaged(why: string): OciError {
  return new OciError('invalid-compression', `the zstd layer cannot be read: ${why}`, {
    hint: 'Build the image with gzip, or with zstd without --ultra --long above 27.',
  });
}
