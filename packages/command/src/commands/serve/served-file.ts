import { constants } from 'node:fs';
import { open, realpath, type FileHandle } from 'node:fs/promises';
import { join, sep } from 'node:path';

/** A file of the served folder, opened. */
export interface ServedFile {
  readonly handle: FileHandle;
  /** Bytes. */
  readonly size: number;
}

/** Opening a pipe would wait for a writer, and keep one of the few threads that open files. Windows has no such flag. */
const AT_ONCE = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/**
 * Opens a file of a folder by a path that a stranger has sent. Undefined for what is not there, is no file, or lies elsewhere, by `..`
 * or by a symbolic link.
 */
export async function openServed(root: string, path: string): Promise<ServedFile | undefined> {
  const steps = path.split(/[/\\]/).filter((step) => step !== '' && step !== '.');
  if (path.includes('\0') || steps.includes('..')) return undefined;
  try {
    const own = await realpath(root);
    const file = await realpath(join(own, ...steps));
    if (!file.startsWith(own.endsWith(sep) ? own : own + sep)) return undefined;
    const handle = await open(file, AT_ONCE);
    const stat = await handle.stat();
    if (stat.isFile()) return { handle, size: stat.size };
    await handle.close();
  } catch {
    // What cannot be opened counts as not there.
  }
  return undefined;
}
