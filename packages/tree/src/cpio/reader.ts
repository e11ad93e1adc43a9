import { TreeError } from '../error.js';
import type { Inode } from '../inode.js';
import { typeOfMode } from '../mode.js';
import { nameFromBytes } from '../name.js';
import { cleanPath } from '../path.js';
import { bytesContent } from '../source.js';
import { HEADER_SIZE, MAGIC, padTo4, TRAILER } from './header.js';
import type { CpioMember } from './member.js';

/** How to read an initramfs. */
export interface ReadCpioOptions {
  /**
   * Decompresses one compressed member (gzip, zstd) at the start of `bytes`; returns its plain bytes and how many bytes
   * of the input it used. It is called where the input has neither a cpio header nor a zero byte.
   */
  readonly decompress?: (bytes: Buffer) => { plain: Uint8Array; used: number };
}

/**
 * Reads all archives of an initramfs in order, each as a list of members. It is an oracle for tests: it holds everything
 * in memory, and it is as strict as Linux, for which an uncompressed archive starts at a multiple of 4.
 *
 * @throws TreeError `malformed` for anything else.
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
      if (!decompress)
        throw new TreeError('malformed', `expected a cpio header at byte ${at} of the initramfs`);
      const { plain, used } = decompress(bytes.subarray(at));
      archives.push(...readArchives(Buffer.from(plain), {}));
      at += used;
    }
  }
  return archives;
}

function readArchive(bytes: Buffer, start: number): { members: CpioMember[]; end: number } {
  const members: CpioMember[] = [];
  const inodes = new Map<string, Inode>();
  for (let at = start; ;) {
    if (bytes.toString('latin1', at, at + MAGIC.length) !== MAGIC) {
      throw new TreeError('malformed', `expected a cpio header at byte ${at}`);
    }
    const fields = readFields(bytes, at + MAGIC.length);
    const [ino, mode, , , nlink, , size] = fields as [number, number, number, number, number, number, number];
    const nameSize = fields[11]!;
    const nameEnd = at + HEADER_SIZE + nameSize - 1;
    if (bytes[nameEnd] !== 0)
      throw new TreeError('malformed', `the name at byte ${at} does not end with a NUL`);
    const name = nameFromBytes(bytes.subarray(at + HEADER_SIZE, nameEnd));
    const body = at + padTo4(HEADER_SIZE + nameSize);
    const end = body + padTo4(size);
    if (end > bytes.length)
      throw new TreeError('malformed', `the archive ends within ${JSON.stringify(name)}`);
    if (name === TRAILER) return { members, end };
    const data = bytes.subarray(body, body + size);
    const link =
      nlink > 1 && typeOfMode(mode) !== 'dir'
        ? { ino, dev: [fields[7]!, fields[8]!] as const, nlink }
        : undefined;
    const key = link && `${ino} ${link.dev.join(' ')}`;
    const known = key === undefined ? undefined : inodes.get(key);
    const inode = known && size === 0 ? known : readInode(fields, data);
    if (key !== undefined) inodes.set(key, inode);
    members.push({
      path: cleanPath(name),
      inode,
      ...(link && { link }),
      content: inode === known ? undefined : inode.content,
    });
    at = end;
  }
}

/** The 13 numbers of a header, each of eight hexadecimal digits; Linux refuses a header with anything else. */
function readFields(bytes: Buffer, at: number): number[] {
  const text = bytes.toString('latin1', at, at + 13 * 8);
  if (!/^[0-9a-f]{104}$/i.test(text)) {
    throw new TreeError('malformed', `expected 13 hexadecimal numbers at byte ${at}`);
  }
  return Array.from({ length: 13 }, (_, k) => Number.parseInt(text.slice(8 * k, 8 * k + 8), 16));
}

function readInode(fields: readonly number[], data: Buffer): Inode {
  const mode = fields[1]!;
  const type = typeOfMode(mode);
  if (type === undefined) {
    throw new TreeError('malformed', `a member's mode ${mode.toString(8)} has an unknown file type`);
  }
  return {
    ...{ type, mode: mode & 0o7777, uid: fields[2]!, gid: fields[3]!, mtime: fields[5]! },
    ...(type === 'file' && data.length > 0 && { content: bytesContent(data) }),
    ...(type === 'symlink' && { target: nameFromBytes(data) }),
    ...((type === 'char' || type === 'block') && { device: [fields[9]!, fields[10]!] as const }),
  };
}
