import { chmod, rename } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';

/**
 * What Windows answers while another program has one of the two files open, such as a scanner that looks at what was just
 * written, and where the file that is replaced is read-only. Elsewhere these stay: no waiting mends a missing permission.
 */
const HELD = ['EPERM', 'EACCES', 'EBUSY'];

/** Milliseconds between attempts. Scanners take some tenths of a second for a file; after 3 s a person should know. */
const WAITS = [10, 20, 40, 80, 160, 320, 640, 1280];

/** What a move takes of the machine. */
export interface Mover {
  readonly platform: NodeJS.Platform;
  rename(from: string, to: string): Promise<void>;
}

/**
 * Renames a file or a folder; a file may replace another one. On Windows it makes a read-only target writable, and tries
 * again while another program holds one of the two. Throws the error of the file system.
 */
export async function move(
  from: string,
  to: string,
  { platform, rename: attempt }: Mover = { platform: process.platform, rename },
): Promise<void> {
  for (const wait of platform === 'win32' ? WAITS : []) {
    try {
      return await attempt(from, to);
    } catch (error) {
      if (!HELD.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
    await chmod(to, 0o666).catch(() => undefined);
    await setTimeout(wait);
  }
  return attempt(from, to);
}
