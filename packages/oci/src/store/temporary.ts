import { randomBytes } from 'node:crypto';
import { chmod, open, mkdir, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** No build takes a day, so what is older belongs to a process that was killed. */
const STALE = 24 * 60 * 60 * 1000;
/** Below this, many small writes cost more than copying them together. */
const WRITE_SIZE = 1 << 20;

export function freshName(): string {
  return `${process.pid}-${randomBytes(8).toString('hex')}`;
}

/** Removes what killed processes left. Never fails: another process may be doing the same. */
export async function removeStale(dir: string, now = Date.now()): Promise<void> {
  for (const name of await readdir(dir).catch(() => [])) {
    const path = join(dir, name);
    const found = await stat(path).catch(() => undefined);
    if (found && now - found.mtimeMs > STALE)
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

export async function writeFile(
  path: string,
  bytes: AsyncIterable<Uint8Array>,
  sync: boolean,
  written?: (size: number) => void,
): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await writeAll(handle, bytes, written);
    if (sync) await handle.datasync();
  } finally {
    await handle.close();
  }
}

/** Read-only, then under its name: who sees the name sees all the bytes. */
export async function publish(temp: string, path: string): Promise<void> {
  await chmod(temp, 0o444);
  await mkdir(dirname(path), { recursive: true });
  await rename(temp, path);
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
    // A disk that fills up takes a part first, and names its error on the next call.
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
