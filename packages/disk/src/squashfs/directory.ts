import { nameToBytes } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import type { Node } from '../node/node.js';
import { BASIC_TYPE } from './inode.js';
import type { Reference } from './metadata.js';

/** Most entries behind one header. */
const MOST_ENTRIES = 256;
const LONGEST_NAME = 256;

/** An entry of a directory, with its inode's number and place. */
export interface Child {
  readonly node: Node;
  readonly number: number;
  readonly at: Reference;
}

interface Run {
  readonly block: number;
  readonly number: number;
  readonly entries: Buffer[];
}

/**
 * The listing of a directory, sorted by bytes, in runs: the inodes of a run lie in one metadata block, and their numbers
 * differ from the first one's by a signed 16-bit number.
 */
export function encodeListing(children: readonly Child[]): Buffer {
  const runs: Run[] = [];
  for (const { name, child } of sorted(children)) {
    const { block, offset } = child.at;
    let run = runs.at(-1);
    const delta = run ? child.number - run.number : 0;
    if (
      !run ||
      run.block !== block ||
      run.entries.length === MOST_ENTRIES ||
      delta < -0x8000 ||
      delta > 0x7fff
    ) {
      run = { block, number: child.number, entries: [] };
      runs.push(run);
    }
    const entry = Buffer.alloc(8 + name.length);
    entry.writeUInt16LE(offset, 0);
    entry.writeInt16LE(child.number - run.number, 2);
    entry.writeUInt16LE(BASIC_TYPE[child.node.inode.type], 4);
    entry.writeUInt16LE(name.length - 1, 6);
    name.copy(entry, 8);
    run.entries.push(entry);
  }
  return Buffer.concat(
    runs.flatMap(({ block, number, entries }) => [header(entries.length, block, number), ...entries]),
  );
}

function sorted(children: readonly Child[]): { name: Buffer; child: Child }[] {
  const named = children.map((child) => ({ name: nameToBytes(child.node.name), child }));
  for (const { name, child } of named) {
    if (name.length > LONGEST_NAME) {
      throw new DiskError(
        'bad-name',
        `${child.node.path}: squashfs holds names of at most ${LONGEST_NAME} bytes`,
      );
    }
  }
  return named.sort((a, b) => a.name.compare(b.name));
}

function header(count: number, block: number, number: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt32LE(count - 1, 0);
  bytes.writeUInt32LE(block, 4);
  bytes.writeUInt32LE(number, 8);
  return bytes;
}
