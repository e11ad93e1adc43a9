import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Bytes of a folder below which each socket's path fits: an address holds 104 on macOS, 108 on Linux (unix(7)). */
const LONGEST = 90;

/**
 * The folder for a machine's sockets: its state folder, or where that has a long path a temporary one for the user alone, which
 * `remove` takes away.
 */
export async function openSocketFolder(
  state: string,
  temporary = tmpdir(),
): Promise<{ path: string; remove: () => Promise<void> }> {
  if (isShort(state)) return { path: state, remove: async () => undefined };
  const path = await mkdtemp(join(isShort(temporary) ? temporary : '/tmp', 'nx-linuxkit-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

const isShort = (path: string): boolean => Buffer.byteLength(path) <= LONGEST;
