import { createWriteStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileSource, type FileSource } from '@nx-linuxkit/tree';

const PREFIX = 'nx-linuxkit-dockerfile-';

/** Files of one build that are too large for memory. Their names are numbers: no image chooses one. */
export class Scratch {
  private readonly sources: FileSource[] = [];

  private constructor(readonly folder: string) {}

  /**
   * Calls `use` with a folder, which is removed when the call ends or fails. A process that is killed leaves its folder,
   * which the next call on the same machine removes.
   */
  static async with<T>(use: (scratch: Scratch) => Promise<T>): Promise<T> {
    await removeAbandoned();
    const scratch = new Scratch(await mkdtemp(join(tmpdir(), `${PREFIX}${owner(process.pid)}-`)));
    try {
      return await use(scratch);
    } finally {
      await Promise.all(scratch.sources.map((source) => source.close()));
      await rm(scratch.folder, { recursive: true, force: true });
    }
  }

  /** Writes bytes to a file, which can be read until the scratch is removed. */
  async keep(bytes: AsyncIterable<Uint8Array>): Promise<FileSource> {
    const path = join(this.folder, String(this.sources.length));
    // The place is taken before the first wait, because layers are written side by side.
    const placeholder = fileSource(path, { id: path, size: 0 });
    const at = this.sources.push(placeholder) - 1;
    try {
      await pipeline(Readable.from(bytes, { objectMode: false }), createWriteStream(path));
    } catch (error) {
      throw withPath(error, path);
    }
    return (this.sources[at] = fileSource(path, { id: path, size: (await stat(path)).size }));
  }
}

/** An error of a write does not say which file it is about: the folder for temporary files may be the full disk. */
function withPath(error: unknown, path: string): unknown {
  const { syscall, path: named } = error as NodeJS.ErrnoException;
  return syscall === 'write' && named === undefined ? Object.assign(error as Error, { path }) : error;
}

/** Containers that share a folder have the same process numbers, and different host names. */
function owner(pid: number | string): string {
  return `${hostname()}.${pid}`;
}

async function removeAbandoned(): Promise<void> {
  const prefix = `${PREFIX}${owner('')}`;
  for (const name of await readdir(tmpdir()).catch(() => [])) {
    const [, pid] = (name.startsWith(prefix) && /^(\d+)-/.exec(name.slice(prefix.length))) || [];
    if (pid === undefined || isRunning(Number(pid))) continue;
    // A folder that another user has left is that user's to remove.
    await rm(join(tmpdir(), name), { recursive: true, force: true }).catch(() => undefined);
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
