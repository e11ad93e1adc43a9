import fc from 'fast-check';
import type { Entry, Inode } from '../inode.js';
import { bytesContent } from '../source.js';
import { Tree } from '../tree.js';
import { dir, file, hardlink, symlink, type RawMember } from './raw-tar.js';

const NAMES = ['a', 'b', 'c'];

const inode: fc.Arbitrary<Inode> = fc
  .record({
    kind: fc.constantFrom('file', 'file', 'file', 'dir', 'dir', 'symlink', 'char', 'fifo'),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.constantFrom(0, 7, 70_000, 2 ** 31 + 5),
    gid: fc.constantFrom(0, 3_000_000),
    mtime: fc.constantFrom(0, 1_600_000_000, 2 ** 32 - 1),
    text: fc.string({ maxLength: 9 }),
    target: fc.constantFrom('a', '/b', '../c', 'é'.repeat(80)),
  })
  .map(({ kind, mode, uid, gid, mtime, text, target }): Inode => {
    const plain = { mode, uid, gid, mtime };
    if (kind === 'file') return { type: 'file', ...plain, ...(text && { content: bytesContent(text) }) };
    if (kind === 'symlink') return { type: 'symlink', ...plain, target };
    if (kind === 'char') return { type: 'char', ...plain, device: [5, mode] };
    return { type: kind as 'dir' | 'fifo', ...plain };
  });

const component = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...NAMES) },
  { weight: 1, arbitrary: fc.constantFrom('é', '\udcff', 'n'.repeat(120), 'a b', 'TRAILER!!!', 'a-') },
);

const path = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

/** Entries to set into a tree in order; one in six is a second name of the inode before it. */
export const entries: fc.Arbitrary<Entry[]> = fc
  .array(fc.tuple(path, inode, fc.nat({ max: 5 })), { maxLength: 14 })
  .map((list) =>
    list.map(([at, one, k], index) => ({
      path: at,
      inode: k === 0 && index > 0 ? list[index - 1]![1] : one,
    })),
  );

export const tree: fc.Arbitrary<Tree> = entries.map((list) => {
  const out = new Tree();
  for (const entry of list) {
    // Leaves out entries that would lie below a file or give a directory two names.
    if (entry.inode.type === 'dir' && out.entries().some(({ inode: other }) => other === entry.inode))
      continue;
    try {
      out.set(entry.path, entry.inode);
    } catch {
      continue;
    }
  }
  return out;
});

const plainPath = fc
  .array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'));

/** Members of a layer of an image: all types and whiteouts; hard links only to files of the same layer. */
export const layer: fc.Arbitrary<RawMember[]> = fc
  .array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.tuple(plainPath, fc.string({ maxLength: 7 })).map(([at, body]) => file(at, body)),
      },
      {
        weight: 4,
        arbitrary: fc.tuple(plainPath, fc.constantFrom(0o700, 0o711)).map(([at, mode]) => dir(at, mode)),
      },
      { weight: 2, arbitrary: plainPath.map((at) => file(at.replace(/([^/]*)$/, '.wh.$1'), '')) },
      { weight: 1, arbitrary: plainPath.map((at) => file(`${at}/.wh..wh..opq`, '')) },
      {
        weight: 1,
        arbitrary: fc.tuple(plainPath, fc.constantFrom('a', '/b', 'c')).map(([at, to]) => symlink(to, at)),
      },
      { weight: 1, arbitrary: plainPath.map((at): RawMember => ({ name: at, flag: '6' })) },
    ),
    { maxLength: 10 },
  )
  .chain((members) =>
    fc.nat({ max: 3 }).map((links) => {
      const last = members.at(-1);
      const linkable = last && last.flag !== '5' && !last.name.includes('.wh.');
      return linkable && links > 0 ? [...members, hardlink(last.name, `link-${links}`)] : members;
    }),
  );
