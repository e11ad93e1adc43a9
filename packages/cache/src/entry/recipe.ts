import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { CacheError } from '../error.js';
import { varint, VarintReader } from './varint.js';

/** Bytes of the archive that the recipe has itself. */
export interface Literal {
  readonly literal: Buffer;
}
/** A range of whole records in a pack. */
export interface Run {
  /** A number, of whatever the recipe's owner numbers packs by. */
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
}
export type Op = Literal | Run;

/** How the tar archive of an entry is put together out of packs. */
export interface Recipe {
  /** Bytes of the archive. */
  readonly size: number;
  /** SHA-256 of the archive: 64 hex digits. */
  readonly sha256: string;
  readonly ops: readonly Op[];
}

const VERSION = 1;
const SHA256_BYTES = 32;
/** Bytes of an unpacked recipe. That of an entry of 100 GB with nothing in common has a twentieth. */
const LIMIT = 256 << 20;

/**
 * Parts of a recipe: twice as many as files of 1 KiB or more that its bytes have room for. A part takes 200 bytes of memory, and an
 * empty one needs a single byte of a recipe.
 */
export const PARTS_LIMIT = 1 << 20;

/** Collects the parts of an archive in order. Runs and literals that follow each other become one. */
export class OpList {
  readonly ops: Op[] = [];
  private literals: Buffer[] = [];

  literal(bytes: Buffer): void {
    this.literals.push(Buffer.from(bytes));
  }

  run(pack: number, offset: number, length: number): void {
    this.flush();
    const last = this.ops[this.ops.length - 1];
    if (last && 'pack' in last && last.pack === pack && last.offset + last.length === offset) {
      this.ops[this.ops.length - 1] = { pack, offset: last.offset, length: last.length + length };
    } else this.ops.push({ pack, offset, length });
  }

  /** The list, complete. */
  end(): readonly Op[] {
    this.flush();
    return this.ops;
  }

  private flush(): void {
    if (this.literals.length > 0) this.ops.push({ literal: Buffer.concat(this.literals) });
    this.literals = [];
  }
}

/** Writes a recipe: raw deflate over numbers; a length is doubled, and odd if a run follows. */
export function writeRecipe({ size, sha256, ops }: Recipe): Buffer {
  const parts = [varint(VERSION), varint(size), Buffer.from(sha256, 'hex')];
  for (const op of ops) {
    if ('literal' in op) parts.push(varint(op.literal.length * 2), op.literal);
    else parts.push(varint(op.length * 2 + 1), varint(op.pack), varint(op.offset));
  }
  return deflateRawSync(Buffer.concat(parts), { level: 9 });
}

/** Reads a recipe that anybody may have written. Packs are numbers below `packs`. Throws `damaged-entry`. */
export function readRecipe(bytes: Buffer, packs: number): Recipe {
  const reader = new VarintReader(unpacked(bytes));
  const version = reader.number();
  if (version !== VERSION) {
    throw new CacheError('damaged-entry', `expected a recipe of version ${VERSION}, got ${version}`);
  }
  const size = reader.number();
  const sha256 = reader.take(SHA256_BYTES).toString('hex');
  const ops: Op[] = [];
  while (!reader.isAtEnd) {
    const head = reader.number();
    const length = Math.floor(head / 2);
    if (length === 0) throw new CacheError('damaged-entry', 'a recipe has an empty part');
    if (ops.length === PARTS_LIMIT) {
      throw new CacheError('damaged-entry', `a recipe has more than ${PARTS_LIMIT} parts`);
    }
    if (head % 2 === 0) ops.push({ literal: reader.take(length) });
    else {
      const pack = reader.number();
      if (pack >= packs) throw new CacheError('damaged-entry', `a recipe names pack ${pack} of ${packs}`);
      ops.push({ pack, offset: reader.number(), length });
    }
  }
  return { size, sha256, ops };
}

function unpacked(bytes: Buffer): Buffer {
  try {
    return inflateRawSync(bytes, { maxOutputLength: LIMIT });
  } catch (cause) {
    throw new CacheError('damaged-entry', 'a recipe does not inflate', { cause });
  }
}
