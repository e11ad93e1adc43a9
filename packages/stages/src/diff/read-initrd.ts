import { createReadStream, createWriteStream } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { compressionOf, decompress, OciError } from '@nx-linuxkit/oci';
import { cleanPath, fileSource, nameFromBytes, Tree, type Inode, type InodeType } from '@nx-linuxkit/tree';
import { StageError } from '../error.js';
import type { OpenFiles } from './open-files.js';

const MAGIC = '070701';
const HEADER_SIZE = 110;
const TRAILER = 'TRAILER!!!';
/** Bytes: more than any path of Linux has. */
const LONGEST_NAME = 8192;
/** Bytes that tell the compression. */
const HEAD_SIZE = 10;
const TYPES: Readonly<Record<number, InodeType>> = {
  0o10: 'file',
  0o04: 'dir',
  0o12: 'symlink',
  0o02: 'char',
  0o06: 'block',
  0o01: 'fifo',
};

/**
 * The root that an initrd of ours unpacks to: microcode, which is no part of the root, then one archive, plain, as one
 * gzip member or as one zstd frame. The archive is inflated into a file of `folder`, and the contents of its files stay there. Throws
 * StageError `unsupported` for an initrd in another form, such as xz.
 */
export async function readInitrd(path: string, folder: string, files: OpenFiles): Promise<Tree> {
  const file = await open(path, 'r');
  let start: number;
  try {
    start = await rootStart(file, path);
  } finally {
    await file.close();
  }
  const plain = join(folder, 'root.cpio');
  const head = await bytesAt(path, start, HEAD_SIZE);
  if (compressionOf(head) === 'none' && !head.toString('latin1').startsWith(MAGIC))
    throw unreadable(path, 'is compressed otherwise than with gzip or zstd');
  await pipeline(decompress(createReadStream(path, { start })), createWriteStream(plain)).catch(
    (cause: unknown) => {
      if (cause instanceof OciError) throw unreadable(path, 'cannot be decompressed', cause);
      throw cause;
    },
  );
  return readArchive(plain, path, files);
}

/** Where the archive of the root begins: behind microcode, which is a plain archive of its own that is padded with zeros. */
async function rootStart(file: FileHandle, path: string): Promise<number> {
  const { size } = await file.stat();
  const reader = new CpioFile(file, size, path);
  const first = await reader.bytes(0, MAGIC.length);
  if (first.toString('latin1') !== MAGIC) return 0;
  let at = 0;
  for (;;) {
    const member = await reader.member(at);
    at = member.next;
    if (member.name === TRAILER) break;
    // Only microcode lies there; any other archive is the root itself.
    if (!/^(\.|kernel(\/.*)?)$/.test(member.name)) return 0;
  }
  while (at < size && (await reader.bytes(at, 1))[0] === 0) at += 1;
  return at < size ? at : 0;
}

async function readArchive(plain: string, named: string, files: OpenFiles): Promise<Tree> {
  const { size } = await stat(plain);
  const source = files.add(fileSource(plain, { id: plain, size }));
  const file = await open(plain, 'r');
  try {
    const reader = new CpioFile(file, size, named);
    const tree = new Tree();
    const inodes = new Map<string, Inode>();
    for (let at = 0; ;) {
      const { name, fields, body, next } = await reader.member(at);
      if (name === TRAILER) return tree;
      at = next;
      const [ino, mode, uid, gid, nlink, mtime, bytes, major, minor, rmajor, rminor] = fields;
      const type = TYPES[mode >> 12];
      if (!type) throw unreadable(named, `has a member of an unknown type at ${JSON.stringify(name)}`);
      const key = type !== 'dir' && nlink > 1 ? [ino, major, minor].join() : undefined;
      const known = key === undefined ? undefined : inodes.get(key);
      const target = type === 'symlink' ? nameFromBytes(await reader.bytes(body, bytes)) : undefined;
      const inode: Inode =
        known && bytes === 0
          ? known
          : {
              ...{ type, mode: mode & 0o7777, uid, gid, mtime },
              ...(type === 'file' && bytes > 0 && { content: { source, offset: body, size: bytes } }),
              ...(target !== undefined && { target }),
              ...((type === 'char' || type === 'block') && { device: [rmajor, rminor] as const }),
            };
      if (key !== undefined) inodes.set(key, inode);
      tree.set(cleanPath(name), inode);
    }
  } finally {
    await file.close();
  }
}

interface Member {
  readonly name: string;
  /** The numbers of the header: ino, mode, uid, gid, nlink, mtime, size, device, device of a special file, and so on. */
  readonly fields: readonly number[];
  /** Where the bytes begin. */
  readonly body: number;
  /** Where the next header is. */
  readonly next: number;
}

/** Reads the headers of an archive in a file. https://www.kernel.org/doc/html/v6.6/driver-api/early-userspace/buffer-format.html */
class CpioFile {
  constructor(
    private readonly file: FileHandle,
    private readonly size: number,
    private readonly named: string,
  ) {}

  async member(at: number): Promise<Member> {
    const head = (await this.bytes(at, HEADER_SIZE)).toString('latin1');
    const digits = head.slice(MAGIC.length);
    if (!head.startsWith(MAGIC) || !/^[0-9a-f]{104}$/i.test(digits))
      throw unreadable(this.named, `has no cpio header at byte ${at}`);
    const fields = Array.from({ length: 13 }, (_, k) => Number.parseInt(digits.slice(8 * k, 8 * k + 8), 16));
    const [size, nameSize] = [fields[6], fields[11]];
    if (nameSize === 0 || nameSize > LONGEST_NAME)
      throw unreadable(this.named, `has a name of ${nameSize} bytes`);
    const name = nameFromBytes((await this.bytes(at + HEADER_SIZE, nameSize)).subarray(0, -1));
    const body = padded(at + HEADER_SIZE + nameSize);
    if (body + size > this.size) throw unreadable(this.named, `ends within ${JSON.stringify(name)}`);
    return { name, fields, body, next: padded(body + size) };
  }

  async bytes(at: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await this.file.read(buffer, 0, length, at);
    return buffer.subarray(0, bytesRead);
  }
}

function padded(at: number): number {
  return Math.ceil(at / 4) * 4;
}

async function bytesAt(path: string, at: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function unreadable(path: string, what: string, cause?: Error): StageError {
  return new StageError('unsupported', `the initrd ${path} ${what}`, {
    cause,
    hint: 'Compare with a folder that has an initrd of nx-linuxkit, or with a git ref.',
  });
}
