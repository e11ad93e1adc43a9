import { TreeError } from '../error.js';
import type { Inode, InodeType } from '../inode.js';
import { nameFromBytes } from '../name.js';
import { cleanPath } from '../path.js';
import { bytesContent } from '../source.js';
import { HEADER_SIZE, MAGIC, padTo4, TRAILER, TYPE_BITS } from './header.js';
import type { CpioMember } from './member.js';

export interface ReadCpioOptions {
  /**
   * Called where neither a cpio header nor a zero byte is: gets the bytes from there on, gives the plain bytes
   * of one compressed member and how many bytes of the input it took.
   */
  readonly decompress?: (bytes: Buffer) => { plain: Uint8Array; used: number };
}

/**
 * An oracle for tests: all archives of an initramfs in order, each a list of members. Everything is held in
 * memory. Strict where the kernel is: an uncompressed archive starts at a multiple of 4.
 */
export async function readCpio(
  stream: AsyncIterable<Uint8Array>,
  options: ReadCpioOptions = {},
): Promise<CpioMember[][]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return readArchives(Buffer.concat(chunks), options);
}

function readArchives(bytes: Buffer, { decompress }: ReadCpioOptions): CpioMember[][] {
  const archives: CpioMember[][] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === 0) {
      at += 1;
    } else if (at % 4 === 0 && bytes.toString('latin1', at, at + MAGIC.length) === MAGIC) {
      const archive = readArchive(bytes, at);
      archives.push(archive.members);
      at = archive.end;
    } else {
      if (!decompress) throw new TreeError('malformed', `invalid magic at byte ${at} of the initramfs`);
      const { plain, used } = decompress(bytes.subarray(at));
      archives.push(...readArchives(Buffer.from(plain), {}));
      at += used;
    }
  }
  return archives;
}

function readArchive(bytes: Buffer, start: number): { members: CpioMember[]; end: number } {
  const members: CpioMember[] = [];
  const inodes = new Map<number, Inode>();
  for (let at = start; ;) {
    if (bytes.toString('latin1', at, at + MAGIC.length) !== MAGIC) {
      throw new TreeError('malformed', `no cpio header at byte ${at}`);
    }
    const fields = Array.from({ length: 13 }, (_, k) => {
      return Number.parseInt(bytes.toString('latin1', at + 6 + 8 * k, at + 14 + 8 * k), 16);
    });
    const [ino, mode, , , nlink, , size] = fields as [number, number, number, number, number, number, number];
    const nameSize = fields[11]!;
    const name = nameFromBytes(bytes.subarray(at + HEADER_SIZE, at + HEADER_SIZE + nameSize - 1));
    const body = at + padTo4(HEADER_SIZE + nameSize);
    const end = body + padTo4(size);
    if (end > bytes.length)
      throw new TreeError('malformed', `the archive ends within ${JSON.stringify(name)}`);
    if (name === TRAILER) return { members, end };
    const data = bytes.subarray(body, body + size);
    const known = nlink > 1 ? inodes.get(ino) : undefined;
    const inode = known && size === 0 ? known : readInode(fields, data);
    if (nlink > 1 && (mode & 0o170000) !== TYPE_BITS.dir) inodes.set(ino, inode);
    members.push({
      path: cleanPath(name),
      inode,
      ino,
      nlink,
      content: inode === known ? undefined : inode.content,
    });
    at = end;
  }
}

const TYPES = new Map(Object.entries(TYPE_BITS).map(([type, bits]) => [bits, type as InodeType]));

function readInode(fields: readonly number[], data: Buffer): Inode {
  const mode = fields[1]!;
  const type = TYPES.get(mode & 0o170000);
  if (type === undefined) throw new TreeError('malformed', `a member has mode ${mode.toString(8)}`);
  return {
    ...{ type, mode: mode & 0o7777, uid: fields[2]!, gid: fields[3]!, mtime: fields[5]! },
    ...(type === 'file' && data.length > 0 && { content: bytesContent(data) }),
    ...(type === 'symlink' && { target: nameFromBytes(data) }),
    ...((type === 'char' || type === 'block') && { device: [fields[9]!, fields[10]!] as const }),
  };
}
