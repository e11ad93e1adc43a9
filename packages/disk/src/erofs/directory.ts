import { nameToBytes, type InodeType } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import type { Node } from '../node/node.js';

export const BLOCK = 4096;
/** Bytes of an entry: nid, offset of its name, file type. */
const DIRENT = 12;
const LONGEST_NAME = 255;

/** The file types EROFS_FT_*; ext4 has the same numbers. */
const FILE_TYPE: Record<InodeType, number> = { file: 1, dir: 2, char: 3, block: 4, fifo: 5, symlink: 7 };

interface Named {
  readonly name: Buffer;
  readonly node: Node;
}

/** All names of a directory with `.` and `..`, sorted by bytes, because the kernel uses binary search. */
function namesOf(node: Node): Named[] {
  const names = [
    { name: Buffer.from('.'), node },
    { name: Buffer.from('..'), node: node.parent ?? node },
    ...node.children.map((child) => ({ name: nameToBytes(child.name), node: child })),
  ];
  for (const { name, node: named } of names) {
    if (name.length > LONGEST_NAME) {
      throw new DiskError('bad-name', `${named.path}: erofs holds names of at most ${LONGEST_NAME} bytes`);
    }
  }
  return names.sort((a, b) => a.name.compare(b.name));
}

/** Distributes the names to blocks, as many to each as fit with their entries. */
function* blocksOf(names: readonly Named[]): Iterable<Named[]> {
  let block: Named[] = [];
  let used = 0;
  for (const named of names) {
    const size = DIRENT + named.name.length;
    if (used + size > BLOCK) {
      yield block;
      block = [];
      used = 0;
    }
    block.push(named);
    used += size;
  }
  yield block;
}

const bytesIn = (block: readonly Named[]): number =>
  block.reduce((sum, { name }) => sum + DIRENT + name.length, 0);

/** Bytes of a directory: whole blocks, and the used bytes of the last block. */
export function directorySize(node: Node): number {
  const blocks = [...blocksOf(namesOf(node))];
  return (blocks.length - 1) * BLOCK + bytesIn(blocks.at(-1)!);
}

/** The bytes of a directory: each block holds entries, then their names. */
export function encodeDirectory(node: Node, nidOf: (node: Node) => number): Buffer {
  const blocks = [...blocksOf(namesOf(node))];
  return Buffer.concat(
    blocks.map((names, i) => {
      const block = Buffer.alloc(i < blocks.length - 1 ? BLOCK : bytesIn(names));
      let at = names.length * DIRENT;
      names.forEach(({ name, node: named }, k) => {
        block.writeBigUInt64LE(BigInt(nidOf(named)), k * DIRENT);
        block.writeUInt16LE(at, k * DIRENT + 8);
        block.writeUInt8(FILE_TYPE[named.inode.type], k * DIRENT + 10);
        at += name.copy(block, at);
      });
      return block;
    }),
  );
}
