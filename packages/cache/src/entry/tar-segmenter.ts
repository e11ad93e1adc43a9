/** Where the parts of a tar archive go. A buffer is valid until the call returns. */
export interface Segments {
  /** Headers, padding, and files too small to be chunks of their own. */
  literal(bytes: Buffer): void;
  /** A part of a file's contents. */
  content(bytes: Buffer): void;
  /** The file's contents were complete. */
  endOfContent(): void;
}

const BLOCK = 512;
/** Bytes. The chunk of a smaller file costs as much in the recipe and the index as its compressed bytes. */
const SMALL = 1024;
/** Offsets and lengths of a header's fields: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html */
const SIZE = { at: 124, length: 12 };
const CHECKSUM = { at: 148, length: 8 };
const TYPE = 156;
/** Types of entries that have no contents, whatever their size says: links, devices, folders. */
const EMPTY_TYPES = new Set([...'123456'].map((type) => type.charCodeAt(0)));

/**
 * Tells the contents of files from what lies between them, since the headers change with each build and contents do not.
 * Any stream is accepted: from a place on that is no header, all bytes are contents. Together the segments are always the
 * stream.
 */
export class TarSegmenter {
  private readonly header = Buffer.alloc(BLOCK);
  private filled = 0;
  /** Bytes of the current entry that are left. */
  private left = 0;
  private padding = 0;
  private isSmall = false;
  private isTar = true;

  constructor(private readonly to: Segments) {}

  push(bytes: Buffer): void {
    let at = 0;
    while (at < bytes.length) at += this.take(bytes.subarray(at));
  }

  end(): void {
    if (this.filled > 0) this.to.literal(this.header.subarray(0, this.filled));
    if (!this.isTar || (this.left > 0 && !this.isSmall)) this.to.endOfContent();
  }

  /** Takes what belongs together from the beginning of `bytes`, and returns its length. */
  private take(bytes: Buffer): number {
    if (!this.isTar) {
      this.to.content(bytes);
      return bytes.length;
    }
    if (this.left > 0) return this.takeContent(bytes);
    if (this.padding > 0) {
      const length = Math.min(this.padding, bytes.length);
      this.padding -= length;
      this.to.literal(bytes.subarray(0, length));
      return length;
    }
    return this.takeHeader(bytes);
  }

  private takeContent(bytes: Buffer): number {
    const length = Math.min(this.left, bytes.length);
    this.left -= length;
    const part = bytes.subarray(0, length);
    if (this.isSmall) this.to.literal(part);
    else this.to.content(part);
    if (this.left === 0 && !this.isSmall) this.to.endOfContent();
    return length;
  }

  private takeHeader(bytes: Buffer): number {
    const length = Math.min(BLOCK - this.filled, bytes.length);
    bytes.copy(this.header, this.filled, 0, length);
    this.filled += length;
    if (this.filled < BLOCK) return length;
    this.filled = 0;
    const size = contentsOf(this.header);
    if (size === undefined) {
      this.isTar = false;
      this.to.content(this.header);
      return length;
    }
    this.to.literal(this.header);
    this.left = size;
    this.padding = (BLOCK - (size % BLOCK)) % BLOCK;
    this.isSmall = size < SMALL;
    return length;
  }
}

/** Bytes of contents that follow a header; undefined if it is none. A block of zeros ends an archive. */
function contentsOf(header: Buffer): number | undefined {
  if (header.every((byte) => byte === 0)) return 0;
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) {
    sum += i >= CHECKSUM.at && i < CHECKSUM.at + CHECKSUM.length ? 0x20 : header[i];
  }
  if (numberOf(header, CHECKSUM) !== sum) return undefined;
  if (EMPTY_TYPES.has(header[TYPE])) return 0;
  return numberOf(header, SIZE);
}

/** Reads octal digits, or GNU's binary form, whose first bit is set. */
function numberOf(header: Buffer, { at, length }: { at: number; length: number }): number | undefined {
  const field = header.subarray(at, at + length);
  if ((field[0] & 0x80) !== 0) {
    const value = field.subarray(-6).readUIntBE(0, 6);
    return field.subarray(1, -6).every((byte) => byte === 0) ? value : undefined;
  }
  const text = field.toString('latin1').replace(/\0.*$/s, '').trim();
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : undefined;
}
