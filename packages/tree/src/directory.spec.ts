import fc from 'fast-check';
import { inodeOf } from './__tests__/inodes.js';
import { IMPLIED_DIR, type Inode } from './inode.js';
import { ancestorsOf, comparePaths, joinPath } from './path.js';
import { Tree } from './tree.js';

/** A tree that shares nothing: a map of paths, the root's among them only if it was set. */
class Model {
  constructor(readonly inodes = new Map<string, Inode>()) {}

  get(path: string): Inode | undefined {
    return this.inodes.get(path) ?? (path === '' ? IMPLIED_DIR : undefined);
  }

  below(path: string): [string, Inode][] {
    const folder = joinPath(path, '') === '' ? '' : `${path}/`;
    return [...this.inodes].filter(([other]) => other !== '' && other !== path && other.startsWith(folder));
  }

  set(path: string, made: Inode): boolean {
    const parents = ancestorsOf(path);
    if (parents.some((up) => this.inodes.has(up) && this.inodes.get(up)!.type !== 'dir')) return false;
    for (const up of parents) if (!this.inodes.has(up)) this.inodes.set(up, IMPLIED_DIR);
    if (made.type !== 'dir') for (const [other] of this.below(path)) this.inodes.delete(other);
    this.inodes.set(path, made);
    return true;
  }

  graft(path: string, from: Model, at: string): boolean {
    const found = from.get(at);
    if (!found) return true;
    const below = from
      .below(at)
      .map(([other, one]) => [other.slice(at === '' ? 0 : at.length + 1), one] as const);
    if (path !== '' && !this.set(path, found)) return false;
    for (const [other] of this.below(path)) this.inodes.delete(other);
    if (path === '' && found.type === 'dir') this.inodes.delete('');
    if (path !== '' || found !== IMPLIED_DIR) this.inodes.set(path, found);
    for (const [other, one] of below) this.inodes.set(joinPath(path, other), one);
    return true;
  }

  delete(path: string): void {
    for (const [other] of this.below(path)) this.inodes.delete(other);
    this.inodes.delete(path);
  }

  entries(): [string, Inode][] {
    return [...this.inodes].sort(([a], [b]) => comparePaths(a, b));
  }
}

const TREES = 3;
const tree = fc.nat(TREES - 1);
const path = fc
  .array(fc.constantFrom('a', 'b', 'a-name-of-many-letters', 'a.'), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'));
const pathOrRoot = fc.oneof({ weight: 5, arbitrary: path }, { weight: 1, arbitrary: fc.constant('') });
const step = fc.oneof(
  fc.record({
    do: fc.constant('set' as const),
    tree,
    path,
    type: fc.constantFrom('dir' as const, 'file' as const),
  }),
  fc.record({ do: fc.constant('delete' as const), tree, path: pathOrRoot }),
  fc.record({ do: fc.constant('clone' as const), tree, from: tree }),
  fc.record({ do: fc.constant('graft' as const), tree, path: pathOrRoot, from: tree, at: pathOrRoot }),
  // A read notes the directory that it has found, which the next change must not take for its own.
  fc.record({ do: fc.constant('read' as const), tree, path }),
);

it('trees that share directories change as trees do that share none', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const trees = Array.from({ length: TREES }, () => new Tree());
      const models = Array.from({ length: TREES }, () => new Model());
      for (const [mtime, one] of steps.entries()) {
        const [changed, model] = [trees[one.tree]!, models[one.tree]!];
        if (one.do === 'set') {
          const made = inodeOf(one.type, { mtime });
          if (model.set(one.path, made)) changed.set(one.path, made);
          else expect(() => changed.set(one.path, made)).toThrow('leads through');
        } else if (one.do === 'delete') {
          model.delete(one.path);
          changed.delete(one.path);
        } else if (one.do === 'clone') {
          models[one.tree] = new Model(new Map(models[one.from]!.inodes));
          trees[one.tree] = trees[one.from]!.clone();
        } else if (one.do === 'graft') {
          const other = models[one.from]!;
          if (one.path === '' && other.get(one.at)?.type !== 'dir') continue;
          if (model.graft(one.path, other, one.at)) changed.graft(one.path, trees[one.from]!, one.at);
          else expect(() => changed.graft(one.path, trees[one.from]!, one.at)).toThrow('leads through');
        } else expect(changed.get(one.path)).toBe(model.get(one.path));
        for (const [i, there] of trees.entries()) {
          expect(there.entries().map((entry) => [entry.path, entry.inode])).toEqual(models[i]!.entries());
          expect(there.size).toBe(models[i]!.inodes.size);
        }
      }
    }),
    { numRuns: 300 },
  );
});
