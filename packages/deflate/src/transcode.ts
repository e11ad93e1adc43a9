import { crc32 } from 'node:zlib';
import type { BlockIndex } from './block-index.js';
import { feedCore, FIRST_FAULT, giveCore, NEVER, Status, takeCore, type Core } from './core.js';
import { shiftCrc } from './crc.js';
import { inputFault } from './faults.js';
import { GZIP_HEADER, gzipEnd } from './gzip.js';
import { checkedKeeps, keepPastEnd } from './keeps.js';
import { MemberCheck } from './member-check.js';
import type { Op } from './op.js';
import { Stretches } from './stretches.js';

/** Bytes of an output piece, roughly; the transcoder's buffer has room for more. */
const PIECE = 1 << 17;

/**
 * Edits a gzip stream without compressing it again: decompressed, the result equals `rewrite(gunzip(gzip), ops)`. It
 * yields one gzip member (RFC 1952) that ends with `gzipEnd`. The output depends on the input's bytes and on `ops`, not on how the input is cut
 * into chunks. The input is read to its end and verified; bytes that were yielded before an error are worthless.
 *
 * With an index that `inflate` made of the identical bytes, most of a large file is copied without decoding it. The
 * output stays the same, but the copied bytes are not verified, so the caller must check the input's digest. The
 * generator returns the number of plain bytes that were copied in this way.
 *
 * @throws DeflateError: `bad-ops` or `keep-past-end` for the plan, any other code for the input.
 */
export async function* transcode(
  gzip: AsyncIterable<Uint8Array>,
  ops: Iterable<Op>,
  blocks?: BlockIndex,
): AsyncGenerator<Uint8Array, number> {
  const core = takeCore();
  try {
    const edit = new Edit(core, ops, blocks);
    yield GZIP_HEADER;
    for await (const chunk of gzip) yield* edit.feed(chunk);
    yield* edit.end();
    return edit.skipped;
  } finally {
    giveCore(core);
  }
}

/** Edits one input: follows the plan, and sums up what is read and what is written. */
class Edit {
  private readonly ops: Iterator<Op, void>;
  /** The last keep taken from the plan: to come, current or done. */
  private keep: readonly [start: number, end: number] = [0, 0];
  private keeping = false;
  /** The rest of the current insert that the core has not taken yet. */
  private insert: Uint8Array = new Uint8Array(0);
  private readonly check: MemberCheck;
  private readonly stretches: Stretches;
  private outCrc = 0;
  private outSize = 0;

  constructor(
    private readonly core: Core,
    ops: Iterable<Op>,
    blocks: BlockIndex | undefined,
  ) {
    this.ops = checkedKeeps(ops);
    this.check = new MemberCheck(core);
    this.stretches = new Stretches(core, blocks);
  }

  get skipped(): number {
    return this.stretches.skipped;
  }

  *feed(chunk: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < chunk.length;) {
      at += feedCore(this.core, chunk, at);
      yield* this.run();
    }
  }

  *end(): Generator<Uint8Array> {
    this.core.ended();
    yield* this.run();
    do {
      if (this.keep[1] > this.check.position) throw keepPastEnd(this.keep, this.check.position);
      while (this.insert.length > 0) {
        this.insertPiece();
        yield* this.take(PIECE);
      }
    } while (this.nextOp());
    this.core.finish();
    yield* this.take(0);
    yield gzipEnd(this.outCrc, this.outSize);
  }

  /** Reads all the input that the core has, and yields the output that is ready. */
  private *run(): Generator<Uint8Array> {
    while (true) {
      const status = this.core.run();
      this.account();
      if (status >= FIRST_FAULT) throw inputFault(status, this.core.offset());
      if (this.core.outputSize() >= PIECE) yield* this.take(PIECE);
      if (status === Status.needInput || status === Status.end) return;
      if (status === Status.needOp) this.step();
      else if (status === Status.stretch) this.copyStretch();
      else if (status === Status.memberEnd) this.check.verify();
    }
  }

  /** Copies the stretch that begins here, if there is one and the plan keeps all of it. */
  private copyStretch(): void {
    const before = this.check.crc;
    const stretch = this.stretches.copy(this.check, this.keeping ? this.keep[1] : 0);
    if (!stretch) return;
    this.check.passOver(stretch.end.position, stretch.end.crc);
    this.addKept(before, stretch.end.position - stretch.start.position);
  }

  /** Gives the core the next thing to do: insert, keep or drop. It asks again when it has done it. */
  private step(): void {
    const [start, end] = this.keep;
    if (this.insert.length > 0) {
      this.insertPiece();
    } else if (end > this.check.position) {
      this.keeping = start <= this.check.position;
      if (this.keeping) this.core.keep(end);
      else this.core.drop(start);
    } else if (!this.nextOp()) {
      this.keeping = false;
      this.core.drop(NEVER);
    }
  }

  private nextOp(): boolean {
    const { done, value } = this.ops.next();
    if (done) return false;
    if ('keep' in value) {
      this.keep = value.keep;
    } else {
      this.insert = value.insert;
    }
    return true;
  }

  private insertPiece(): void {
    const piece = this.insert.subarray(0, this.core.insertSpace());
    this.core.bytes.set(piece, this.core.insertAt());
    this.core.insert(piece.length);
    this.outCrc = crc32(piece, this.outCrc);
    this.outSize += piece.length;
    this.insert = this.insert.subarray(piece.length);
  }

  /** Adds what the core has read since the last call to the output's sums, if it was kept. */
  private account(): void {
    const before = this.check.crc;
    const size = this.check.fresh(this.core.position())?.length ?? 0;
    if (size > 0 && this.keeping) this.addKept(before, size);
  }

  /** Adds the last `size` bytes of the input to the output's sums; `before` is the input's CRC-32 before them. */
  private addKept(before: number, size: number): void {
    this.outCrc = (this.check.crc ^ shiftCrc(before ^ this.outCrc, size)) >>> 0;
    this.outSize += size;
  }

  /** Yields what the core has written, if it is at least `least` bytes. */
  private *take(least: number): Generator<Uint8Array> {
    const size = this.core.outputSize();
    if (size === 0 || size < least) return;
    const from = this.core.outputAt();
    const piece = Buffer.from(this.core.bytes.subarray(from, from + size));
    this.core.taken();
    yield piece;
  }
}
