import { DiskError } from '../../error.js';
import { packedBlocks, type PackedContent } from './clusters.js';

/** A content by its place in its source. */
interface Slice {
  readonly offset: number;
  readonly size: number;
}

/** Contents of one source, and where each of them lies. */
export type PackedTable = Map<Slice, PackedContent>;

/** Bytes of the number at the end of a table: those of all that is before it. */
const FOOT = 8;

/** A table as JSON: offset and size of each content, its first block, and each cluster's size and blocks. */
export function encodeTable(table: PackedTable): Buffer {
  const rows = [...table].map(([{ offset, size }, { block, clusters }]) => [
    ...[offset, size, block],
    clusters.flatMap((cluster) => [cluster.size, cluster.packed]),
  ]);
  const text = Buffer.from(JSON.stringify(rows));
  const foot = Buffer.alloc(FOOT);
  foot.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([text, foot]);
}

/** Packed contents as `packContents` wrote them. */
export interface PackedContents {
  /** Bytes of all blocks. */
  readonly size: number;
  /** Where a content lies; undefined for one that is not packed. */
  find(content: Slice): PackedContent | undefined;
}

/**
 * Reads the table at the end of packed contents of `size` bytes; `read` gives a range of them.
 *
 * @throws DiskError `short-content` for bytes of another shape.
 */
export async function readPackedContents(
  size: number,
  read: (start: number, end: number) => Promise<Buffer>,
): Promise<PackedContents> {
  const length = size < FOOT ? Infinity : Number((await read(size - FOOT, size)).readBigUInt64LE());
  const start = size - FOOT - length;
  if (start < 0) throw new DiskError('short-content', `expected packed contents, got ${size} bytes`);
  const rows = JSON.parse((await read(start, size - FOOT)).toString('utf8')) as Row[];
  const places = new Map(
    rows.map(([offset, bytes, block, numbers]): [string, PackedContent] => [
      `${offset} ${bytes}`,
      { block, clusters: pairs(numbers) },
    ]),
  );
  return {
    size: start,
    find: ({ offset, size: bytes }) => {
      const found = places.get(`${offset} ${bytes}`);
      return found && packedBlocks(found) > 0 ? found : undefined;
    },
  };
}

type Row = [offset: number, size: number, block: number, clusters: number[]];

function pairs(numbers: readonly number[]) {
  return Array.from({ length: numbers.length / 2 }, (_, i) => ({
    size: numbers[2 * i]!,
    packed: numbers[2 * i + 1]!,
  }));
}
