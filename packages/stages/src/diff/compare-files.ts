import { createHash } from 'node:crypto';
import { lendContent, sameContent, type Content, type Inode, type Tree } from '@nx-linuxkit/tree';
import type { FileChange, FileState } from './system-diff.js';
import { textDiff } from './text-diff.js';

/** Lists the paths at which two roots differ. Reads files of equal size, unless both are the same bytes of one source. */
export async function compareFiles(before: Tree, after: Tree): Promise<FileChange[]> {
  const [old, now] = [before, after].map((tree) => inodesOf(tree));
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  const changes: FileChange[] = [];
  for (const path of paths) {
    const change = await compareAt(path, old.get(path), now.get(path));
    if (change) changes.push(change);
  }
  return changes;
}

function inodesOf(tree: Tree): Map<string, Inode> {
  return new Map(tree.entries().flatMap(({ path, inode }) => (path === '' ? [] : [[path, inode]])));
}

async function compareAt(
  path: string,
  old: Inode | undefined,
  now: Inode | undefined,
): Promise<FileChange | undefined> {
  if (!old || !now) {
    const [before, after] = [old && stateOf(old), now && stateOf(now)];
    return { path, change: now ? 'added' : 'removed', ...(before && { before }), ...(after && { after }) };
  }
  const states = [stateOf(old), stateOf(now)];
  const isSame = JSON.stringify(states[0]) === JSON.stringify(states[1]);
  if (isSame && (old.type !== 'file' || sameContent(old.content, now.content))) return undefined;
  const sums = [await sha256(old.content), await sha256(now.content)];
  if (isSame && sums[0] === sums[1]) return undefined;
  const [before, after] = states.map((state, i) => ({ ...state, ...(sums[i] && { sha256: sums[i] }) }));
  const text = sums[0] === sums[1] ? undefined : await textDiff(path, old, now);
  return { path, change: 'changed', before, after, ...(text !== undefined && { text }) };
}

function stateOf({ type, mode, uid, gid, content, target, device }: Inode): FileState {
  return {
    type,
    // Linux keeps no mode of a symlink.
    mode: (type === 'symlink' ? 0o777 : mode).toString(8).padStart(4, '0'),
    uid,
    gid,
    size: type === 'file' ? (content?.size ?? 0) : 0,
    ...(target !== undefined && { target }),
    ...(device && { device: device.join(':') }),
  };
}

async function sha256(content: Content | undefined): Promise<string | undefined> {
  if (!content) return undefined;
  const hash = createHash('sha256');
  for await (const chunk of lendContent(content)) hash.update(chunk);
  return hash.digest('hex');
}
