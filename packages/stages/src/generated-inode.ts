import { DEFAULT_MTIME, bytesContent, type Content, type Inode, type Origin } from '@nx-linuxkit/tree';

/** What a generated entry may say beside its bytes. */
export interface GeneratedOptions {
  readonly mode?: number;
  /** Which image or key of the YAML it stems from; only the tar formats show it. */
  readonly origin?: Origin;
}

const OWNED_BY_ROOT = { uid: 0, gid: 0, mtime: DEFAULT_MTIME } as const;

/** A file that no image brings: root's, with LinuxKit's fixed time. */
export function generatedFile(
  content: string | Content,
  { mode = 0o644, origin }: GeneratedOptions = {},
): Inode {
  const bytes = typeof content === 'string' ? bytesContent(content) : content;
  return { type: 'file', mode, ...OWNED_BY_ROOT, ...(origin && { origin }), content: bytes };
}

/** A directory that no image brings. */
export function generatedDirectory(origin?: Origin): Inode {
  return { type: 'dir', mode: 0o755, ...OWNED_BY_ROOT, ...(origin && { origin }) };
}

/** A symlink that no image brings. */
export function generatedLink(target: string, { mode = 0o777, origin }: GeneratedOptions = {}): Inode {
  return { type: 'symlink', mode, ...OWNED_BY_ROOT, ...(origin && { origin }), target };
}
