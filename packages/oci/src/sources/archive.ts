import { mkdir, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OciError } from '../error.js';
import { compressionOf, decompress, foreignCompressionOf } from '../decompress.js';
import { isMissing, onDisk } from '../store/disk.js';
import { freshName } from '../store/temporary.js';
import { TarIndex, type TarFile } from './tar-index.js';
import { READ_SIZE, type Files } from './files.js';

/**
 * The files of a tar archive on disk, in any order. A compressed archive is decompressed to a temporary file
 * first, which `close` removes.
 */
export class Archive implements Files {
  private constructor(
    private readonly handle: FileHandle,
    private readonly index: TarIndex,
    private readonly temporary: string | undefined,
  ) {}

  /** Opens an archive; `temp` is the folder for temporary files. */
  static async open(path: string, temp: string | undefined): Promise<Archive> {
    const handle = await openFile(path);
    const start = Buffer.alloc(10);
    await handle.read(start, 0, start.length, 0);
    if (compressionOf(start) === 'none' && !foreignCompressionOf(start))
      return Archive.index(handle, path, undefined);
    return Archive.spool(
      decompress(handle.createReadStream({ start: 0, highWaterMark: READ_SIZE })),
      path,
      temp,
    );
  }

  /** Writes a stream to a temporary file with a random name, and opens it. `what` names it in messages. */
  static async spool(bytes: AsyncIterable<Uint8Array>, what: string, temp = tmpdir()): Promise<Archive> {
    const path = join(temp, `nx-linuxkit-${freshName()}.tar`);
    try {
      await onDisk(temp, async () => {
        await mkdir(temp, { recursive: true });
        await writeTemporary(path, bytes);
      });
      return await Archive.index(await open(path, 'r'), what, path);
    } catch (error) {
      await rm(path, { force: true });
      throw error;
    }
  }

  private static async index(
    handle: FileHandle,
    what: string,
    temporary: string | undefined,
  ): Promise<Archive> {
    try {
      return new Archive(handle, await TarIndex.read(handle, what), temporary);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async size(name: string): Promise<number | undefined> {
    return this.index.get(name)?.size;
  }

  async *read(name: string, from = 0): AsyncGenerator<Uint8Array, void> {
    const { offset, size } = this.find(name);
    for (let at = from; at < size;) {
      const chunk = Buffer.allocUnsafe(Math.min(READ_SIZE, size - at));
      const { bytesRead } = await this.handle.read(chunk, 0, chunk.length, offset + at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    await this.handle.close();
    if (this.temporary) await rm(this.temporary, { force: true });
  }

  private find(name: string): TarFile {
    const file = this.index.get(name);
    if (file) return file;
    throw new OciError('invalid-archive', `the archive lacks ${JSON.stringify(name)}`);
  }
}

/** Writes a file that only this user reads. It is open before the first byte is asked for, so that it is never made late. */
async function writeTemporary(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const chunk of bytes) await file.writeFile(chunk);
  } finally {
    await file.close();
  }
}

/** Opens a regular file: a pipe or a device could keep the build waiting for ever. */
async function openFile(path: string): Promise<FileHandle> {
  try {
    if ((await stat(path)).isFile()) return await open(path, 'r');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (isMissing(cause))
      throw new OciError('not-found', `there is no archive ${path}`, { hint: 'Check the path.', cause });
    throw new OciError('no-permission', `cannot read the archive ${path} (${code})`, {
      hint: 'Make the file readable for this user.',
      cause,
    });
  }
  throw new OciError('invalid-archive', `${path} is not a file`, {
    hint: 'Name an archive; for a folder use oci:folder.',
  });
}
