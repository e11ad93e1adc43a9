import { TreeError } from '../error.js';
import type { LayerEntry } from '../layer-entry.js';
import { BLOCK, padToBlock, readHeader, type TarHeader } from './header.js';
import { DEFAULT_TAR_LIMITS, type TarLimits } from './limits.js';
import { describeMember, kindOf, MemberReader } from './member.js';

/** How to index a tar. */
export interface TarIndexerOptions {
  /** Limits that differ from DEFAULT_TAR_LIMITS. */
  readonly limits?: Partial<TarLimits>;
  /** The byte of the layer at which the tar begins, for a tar that is a file in a layer; 0 by default. */
  readonly base?: number;
  /** Gets each entry once its header is read. With it, `end` returns nothing: the entries are never all in memory. */
  readonly take?: (entry: LayerEntry) => void;
}

/**
 * Indexes an uncompressed tar: write its bytes in chunks of any size, then `end` returns the entries. Bodies are
 * skipped, never copied. It reads ustar, PAX and GNU long names with GNU tar's precedence, so that an archive means
 * the same here as there. Whatever readers are known to disagree about is an error.
 *
 * `write` and `end` throw TreeError `malformed`, `unsupported`, `limit`, `unsafe-path`, `range` or `too-long`; the
 * message names the member and the byte of the tar.
 */
export class TarIndexer {
  private readonly limits: TarLimits;
  private readonly base: number;
  private readonly member: MemberReader;
  private readonly entries: LayerEntry[] = [];
  private readonly take: (entry: LayerEntry) => void;
  private last?: LayerEntry;
  private count = 0;
  private readonly partial = Buffer.alloc(BLOCK);
  private partialLength = 0;
  /** Bytes of the tar read so far. */
  private taken = 0;
  /** Bytes of the current body and its padding that are still to skip. */
  private skip = 0;
  /** The PAX or GNU record that is being collected: its header, its bytes, how many of them have come. */
  private meta?: { header: TarHeader; bytes: Buffer; have: number };
  private zeroBlocks = 0;

  constructor(options: TarIndexerOptions = {}) {
    this.limits = { ...DEFAULT_TAR_LIMITS, ...options.limits };
    this.base = options.base ?? 0;
    this.member = new MemberReader(this.limits);
    this.take = options.take ?? ((entry) => this.entries.push(entry));
  }

  /** Reads the next bytes of the tar. The caller may reuse their memory when this returns. */
  write(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.taken + bytes.length > this.limits.bytes) {
      throw new TreeError('limit', `the tar has more than ${this.limits.bytes} bytes`);
    }
    for (let at = 0; at < bytes.length;) {
      const used = this.step(bytes, at);
      at += used;
      this.taken += used;
    }
  }

  /**
   * The byte of the layer at which the file begins that holds the last byte written; undefined if that byte belongs to
   * a header or to padding.
   */
  get fileStart(): number | undefined {
    const { last } = this;
    const at = this.base + this.taken;
    return last && at > last.offset && at <= last.offset + last.size ? last.offset : undefined;
  }

  /** The entries in tar order. Throws if the tar is cut short; like GNU tar, it accepts a tar without its end mark. */
  end(): LayerEntry[] {
    if (this.skip > 0 || this.meta || this.partialLength > 0 || this.member.pending) {
      const last = this.last?.path;
      throw new TreeError('malformed', `the tar ends in the middle of a member, at byte ${this.taken}`, {
        hint: last === undefined ? undefined : `the last entry seen is ${JSON.stringify(last)}`,
      });
    }
    return this.entries;
  }

  /** Reads bytes for the current state (record, body or header) and returns how many. */
  private step(bytes: Buffer, at: number): number {
    const available = bytes.length - at;
    if (this.zeroBlocks === 2) return available; // ignores everything after the end mark
    if (this.meta) return this.collectMeta(bytes, at);
    if (this.skip > 0) {
      const used = Math.min(this.skip, available);
      this.skip -= used;
      return used;
    }
    if (this.partialLength === 0 && available >= BLOCK) {
      this.takeHeader(bytes, at);
      return BLOCK;
    }
    const used = Math.min(BLOCK - this.partialLength, available);
    bytes.copy(this.partial, this.partialLength, at, at + used);
    this.partialLength += used;
    if (this.partialLength === BLOCK) {
      this.partialLength = 0;
      this.takeHeader(this.partial, 0, used);
    }
    return used;
  }

  /** `used` is how many of the block's bytes `taken` does not count yet. */
  private takeHeader(block: Buffer, at: number, used = BLOCK): void {
    const start = this.taken + used;
    let name: string | undefined;
    try {
      const header = readHeader(block, at);
      // Taken now, because reading the member uses up the records before it.
      name = header && this.member.nameOf(header);
      if (header === undefined) this.zeroBlocks += 1;
      else if (this.zeroBlocks > 0)
        throw new TreeError('malformed', 'expected a second block of zeros, got another member');
      else this.takeMember(header, start);
    } catch (error) {
      throw describeMember(error, start - BLOCK, name);
    }
  }

  private takeMember(header: TarHeader, start: number): void {
    const kind = kindOf(header);
    if (kind === 'meta') {
      if (header.size > this.limits.metaBytes || header.size < 0) {
        throw new TreeError(
          'limit',
          `expected a PAX or long name record of at most ${this.limits.metaBytes} bytes, got ${header.size}`,
        );
      }
      this.meta = { header, bytes: Buffer.alloc(header.size), have: 0 };
      if (header.size === 0) this.finishMeta();
      return;
    }
    const entry = this.member.read(header, kind, this.base + start);
    if (this.count === this.limits.entries) {
      throw new TreeError('limit', `the tar has more than ${this.limits.entries} entries`);
    }
    this.count += 1;
    this.last = entry;
    this.take(entry);
    this.skip = padToBlock(entry.size);
  }

  private collectMeta(bytes: Buffer, at: number): number {
    const meta = this.meta!;
    const used = Math.min(meta.bytes.length - meta.have, bytes.length - at);
    bytes.copy(meta.bytes, meta.have, at, at + used);
    meta.have += used;
    if (meta.have === meta.bytes.length) this.finishMeta();
    return used;
  }

  private finishMeta(): void {
    const { header, bytes } = this.meta!;
    this.meta = undefined;
    this.skip = padToBlock(bytes.length) - bytes.length;
    try {
      this.member.takeMeta(header, bytes);
    } catch (error) {
      throw describeMember(error, this.taken, header.name);
    }
  }
}
