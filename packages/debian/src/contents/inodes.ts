import { bytesContent, DEFAULT_MTIME } from '@nx-linuxkit/tree';
import type { Entry, Inode } from '@nx-linuxkit/tree';

const OWNED = { uid: 0, gid: 0, mtime: DEFAULT_MTIME } as const;

export function file(text: string | Uint8Array, mode = 0o644): Inode {
  return { ...OWNED, type: 'file', mode, content: text.length === 0 ? undefined : bytesContent(text) };
}

export function directory(mode = 0o755): Inode {
  return { ...OWNED, type: 'dir', mode };
}

export function symlink(target: string): Inode {
  return { ...OWNED, type: 'symlink', mode: 0o777, target };
}

/** Lowers every later time to DEFAULT_MTIME, LinuxKit's fixed time. Hard links keep sharing an inode. */
export function clampTimes(entries: readonly Entry[]): Entry[] {
  const clamped = new Map<Inode, Inode>();
  return entries.map(({ path, inode }) => {
    const known = clamped.get(inode) ?? { ...inode, mtime: Math.min(inode.mtime, DEFAULT_MTIME) };
    clamped.set(inode, known);
    return { path, inode: known };
  });
}
