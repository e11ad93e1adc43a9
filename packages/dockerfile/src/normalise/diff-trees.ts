import {
  joinPath,
  parentOf,
  readContent,
  type Content,
  type Entry,
  type Inode,
  type Tree,
} from '@nx-linuxkit/tree';

/** What a whiteout's name begins with. https://github.com/opencontainers/image-spec/blob/v1.1.1/layer.md#whiteouts */
const WHITEOUT = '.wh.';

/**
 * The layer that makes one tree of another: what is new or changed, and whiteouts for what is gone. Times alone are no
 * change, and times later than `mtime`, in seconds since 1970, are lowered to it. So it has the same entries whichever
 * program made the second tree, and whatever that program writes again without a need.
 */
export async function diffTrees(before: Tree, after: Tree, mtime: number): Promise<Entry[]> {
  const lowered = new Map<Inode, Inode>();
  const changed: Entry[] = [];
  for (const { path, inode } of after.entries()) {
    if (path === '') continue;
    const old = before.get(path);
    if (old && (await isSameInode(old, inode))) continue;
    const known = lowered.get(inode) ?? { ...inode, mtime: Math.min(inode.mtime, mtime) };
    lowered.set(inode, known);
    changed.push({ path, inode: known });
  }
  const gone = before
    .entries()
    .filter(({ path }) => path !== '' && after.get(path) === undefined)
    // A whiteout hides what lies below, and a file in the place of a folder does so by itself.
    .filter(({ path }) => after.get(parentOf(path))?.type === 'dir' || parentOf(path) === '')
    .map(({ path }) => whiteout(path, mtime));
  return [...changed, ...gone].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function whiteout(path: string, mtime: number): Entry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    path: joinPath(parentOf(path), `${WHITEOUT}${name}`),
    inode: { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime },
  };
}

/** Whether two inodes are the same but for their times. Reads the bytes of files whose sizes are equal. */
export async function isSameInode(a: Inode, b: Inode): Promise<boolean> {
  const alike =
    a.type === b.type &&
    a.mode === b.mode &&
    a.uid === b.uid &&
    a.gid === b.gid &&
    a.target === b.target &&
    String(a.device) === String(b.device) &&
    attributes(a) === attributes(b);
  return alike && (a.type !== 'file' || (await haveSameBytes(a.content, b.content)));
}

function attributes({ xattrs = new Map() }: Inode): string {
  const sorted = [...xattrs].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted.map(([name, value]) => [name, Buffer.from(value).toString('hex')]));
}

async function haveSameBytes(a: Content | undefined, b: Content | undefined): Promise<boolean> {
  if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
  if (!a || !b || (a.source.id === b.source.id && a.offset === b.offset)) return true;
  const [left, right] = [chunksOf(a), chunksOf(b)];
  try {
    for (;;) {
      const [one, other] = [await left.next(), await right.next()];
      if (one.done || other.done) return one.done === other.done;
      if (!one.value.equals(other.value)) return false;
    }
  } finally {
    await left.return(undefined);
    await right.return(undefined);
  }
}

/** Bytes of a piece in which two files are compared. */
const PIECE = 1 << 16;

/** A content in pieces of one size, however its source cuts it. */
async function* chunksOf(content: Content): AsyncGenerator<Buffer, void> {
  let rest = Buffer.alloc(0);
  for await (const chunk of readContent(content)) {
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    while (rest.length >= PIECE) {
      yield rest.subarray(0, PIECE);
      rest = rest.subarray(PIECE);
    }
  }
  if (rest.length > 0) yield rest;
}
