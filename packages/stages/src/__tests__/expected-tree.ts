import { createHash } from 'node:crypto';
import { readContent, type Inode, type Tree } from '@nx-linuxkit/tree';

/** One entry of a recorded case, as LinuxKit's tree has it. */
export interface ExpectedEntry {
  readonly path: string;
  readonly type: Inode['type'] | 'hardlink';
  readonly mode?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly size?: number;
  readonly sha256?: string;
  readonly target?: string;
  readonly device?: readonly number[];
  readonly text?: string;
  readonly xattrs?: Readonly<Record<string, string>>;
}

/** A tree as comparable lines, by path. JSON files are compared by value, without ociVersion. */
export async function linesOfTree(tree: Tree, xattrs: boolean): Promise<Record<string, unknown>> {
  const names = new Map<Inode, string>();
  const lines: Record<string, unknown> = {};
  for (const { path, inode } of tree.entries()) {
    if (path === '') continue;
    const first = names.get(inode);
    if (first !== undefined && inode.type === 'file') {
      lines[path] = { sameAs: first };
      continue;
    }
    names.set(inode, path);
    lines[path] = {
      type: inode.type,
      ...(inode.type === 'symlink'
        ? { target: inode.target }
        : { mode: inode.mode.toString(8).padStart(4, '0') }),
      uid: inode.uid,
      gid: inode.gid,
      ...(inode.device ? { device: [...inode.device] } : {}),
      ...(inode.type === 'file' ? await contentLine(path, inode) : {}),
      ...(xattrs && inode.xattrs?.size ? { xattrs: hexValues(inode.xattrs) } : {}),
    };
  }
  return lines;
}

export function linesExpected(entries: readonly ExpectedEntry[], xattrs: boolean): Record<string, unknown> {
  const lines: Record<string, unknown> = {};
  const groups = new Map<string, string[]>();
  for (const entry of entries) {
    const path = clean(entry.path);
    if (entry.type === 'hardlink') {
      const target = clean(entry.target as string);
      groups.set(target, [...(groups.get(target) ?? [target]), path]);
      continue;
    }
    const { type, mode, uid, gid, target, device } = entry;
    lines[path] = {
      type,
      ...(type === 'symlink' ? { target } : { mode }),
      uid,
      gid,
      ...(device ? { device: [...device] } : {}),
      ...(type === 'file' ? expectedContent(path, entry) : {}),
      ...(xattrs && entry.xattrs ? { xattrs: entry.xattrs } : {}),
    };
  }
  // The first name in order has the file, whichever name the layer had first.
  for (const [target, names] of groups) {
    const line = lines[target];
    const [first, ...others] = [...names].sort();
    lines[first] = line;
    // Only files show that two names are one: a second name of a symlink equals a second symlink.
    const isFile = (line as { type: string }).type === 'file';
    for (const other of others) lines[other] = isFile ? { sameAs: first } : line;
  }
  return lines;
}

function clean(path: string): string {
  return path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

async function contentLine(path: string, inode: Inode): Promise<object> {
  const chunks: Uint8Array[] = [];
  if (inode.content) for await (const chunk of readContent(inode.content)) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  return path.endsWith('.json')
    ? { json: withoutVersion(bytes.toString()) }
    : { sha256: createHash('sha256').update(bytes).digest('hex') };
}

function expectedContent(path: string, { text, sha256 }: ExpectedEntry): object {
  return path.endsWith('.json') && text !== undefined ? { json: withoutVersion(text) } : { sha256 };
}

function withoutVersion(text: string): unknown {
  return { ...JSON.parse(text), ociVersion: undefined };
}

function hexValues(xattrs: ReadonlyMap<string, Uint8Array>): Record<string, string> {
  return Object.fromEntries([...xattrs].map(([name, value]) => [name, Buffer.from(value).toString('hex')]));
}
