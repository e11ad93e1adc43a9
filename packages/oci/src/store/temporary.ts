import { randomBytes } from 'node:crypto';
import { chmod, open, readdir, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { flush } from './flush.js';
import { makeFolder } from './make-folder.js';
import { move } from './move.js';

/** Milliseconds. No build takes a day, so that an older file belongs to a process that was killed. */
export const STALE = 24 * 60 * 60 * 1000;
/** Bytes that are written at once: many small writes cost more than collecting them. */
const WRITE_SIZE = 1 << 20;

/** Returns a name that no other process and no other call uses. */
export function freshName(): string {
  return `${process.pid}-${randomBytes(8).toString('hex')}`;
}

/** Removes what killed processes left in a folder. Errors are ignored, as another process may do the same. */
export async function removeStale(dir: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    const path = join(dir, name);
    const found = await stat(path).catch(() => undefined);
    if (found && now - found.mtimeMs > STALE)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Writes a new file; `sync` waits for the disk, and `written` is called with the size after each write. */
export async function writeFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  sync: boolean,
  written?: (size: number) => void,
): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await writeAll(handle, bytes, written);
    if (sync) await flush(handle);
  } finally {
    await handle.close();
  }
}

/**
 * Makes a complete file read-only and renames it, so that it appears under its name with all its bytes. Those who can
 * read it are those that the umask allowed when it was made.
 */
export async function publish(temp: string, path: string): Promise<void> {
  const { mode } = await stat(temp);
  await chmod(temp, mode & 0o444);
  await makeFolder(dirname(path));
  await move(temp, path);
}

async function writeAll(
  handle: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  written?: (size: number) => void,
): Promise<void> {
  let [chunks, length]: [Uint8Array[], number] = [[], 0];
  let size = 0;
  const flush = async () => {
    const { bytesWritten } = await handle.writev(chunks);
    // A disk that fills up accepts a part of the bytes first, and reports its error to the next call.
    if (bytesWritten < length) await handle.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
    size += length;
    [chunks, length] = [[], 0];
    written?.(size);
  };
  for await (const chunk of bytes) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= WRITE_SIZE) await flush();
  }
  if (length > 0) await flush();
}
