import type { ByteSource } from '../content.js';
import { TreeError } from '../error.js';
import { IMPLIED_DIR, type Inode } from '../inode.js';
import type { LayerEntry } from '../layer-entry.js';
import { ancestorsOf, baseOf, joinPath, parentOf } from '../path.js';
import { Tree } from '../tree.js';
import { openLayer, type DirDefinition, type ImageTree, type OpenOptions } from './image-tree.js';
import { layerInode } from './layer-inode.js';
import type { LayerIndex } from './layer-index.js';
import { whiteoutOf } from './whiteout.js';

/**
 * Flattens an image's layers, given lowest first, by the rules of the OCI image spec (layer.md):
 *
 * - A later entry replaces an earlier one; a directory keeps what lies in it.
 * - A whiteout hides what lower layers have, wherever it stands in its own layer.
 * - A path through a symlinked directory leads where the symlink does, as in a chroot.
 * - A missing parent becomes IMPLIED_DIR; a file in its place gives way to it.
 * - A hard link shares the inode that its target has at that moment.
 *
 * @throws TreeError `link-target`, `whiteout`, `symlink-loop`; the message names the layer and the entry.
 */
export function applyLayers(indexes: readonly LayerIndex[], options: OpenOptions = {}): ImageTree {
  const flattener = new Flattener(options);
  for (const [layer, index] of indexes.entries()) flattener.apply(layer, index);
  return {
    layers: indexes.map(({ diffID, size }) => ({ diffID, size })),
    tree: flattener.tree,
    layerOf: flattener.layerOf,
    definitions: flattener.definitions,
  };
}

class Flattener {
  readonly tree = new Tree();
  readonly layerOf = new Map<Inode, number>();
  readonly definitions = new Map<Inode, readonly DirDefinition[]>();
  private layer = 0;
  /** Paths that the current layer has set. Its whiteouts spare them: a whiteout hides lower layers only. */
  private readonly touched = new Set<string>();
  /** Caches where the parents of entries lead; cleared whenever a directory or a symlink goes. */
  private readonly parents = new Map<string, string>();

  constructor(private readonly options: OpenOptions) {}

  apply(layer: number, index: LayerIndex): void {
    const source = openLayer(index, this.options);
    this.layer = layer;
    this.touched.clear();
    for (const entry of index.entries) {
      try {
        this.applyEntry(entry, source);
      } catch (error) {
        throw inLayer(error, index, entry);
      }
    }
  }

  private applyEntry(entry: LayerEntry, source: ByteSource): void {
    const whiteout = whiteoutOf(entry.path);
    if (whiteout === undefined) {
      this.addEntry(entry, source);
      return;
    }
    const folder = this.tree.leadsTo(parentOf(entry.path));
    if (folder === undefined) return;
    if (whiteout.kind === 'opaque') this.hideContent(folder);
    else if (whiteout.kind === 'hide') this.hide(joinPath(folder, whiteout.name));
  }

  private addEntry(entry: LayerEntry, source: ByteSource): void {
    // The link's target is looked up first: making the link's parents may already replace it.
    const linked = entry.type === 'hardlink' ? this.linkTarget(entry) : undefined;
    const path = joinPath(this.parentFor(entry.path), baseOf(entry.path));
    const inode = linked ?? layerInode(entry, source, this.options.origin);
    if (inode.type === 'dir') this.define(path, inode);
    else if (linked === undefined) this.layerOf.set(inode, this.layer);
    this.put(path, inode);
    this.touched.add(path);
  }

  private linkTarget({ target }: LayerEntry): Inode {
    const inode = this.tree.get(this.tree.resolve(target!));
    if (inode === undefined || inode.type === 'dir') {
      const what = inode === undefined ? 'does not exist' : 'is a directory';
      throw new TreeError('link-target', `it is a hard link to ${JSON.stringify(target)}, which ${what}`);
    }
    return inode;
  }

  /** The directory that the parent of an entry leads to; it is made if it is missing, in place of a file if need be. */
  private parentFor(path: string): string {
    const written = parentOf(path);
    if (written === '') return '';
    let parent = this.parents.get(written);
    if (parent === undefined) {
      parent = this.tree.realpath(written);
      for (const directory of [...ancestorsOf(parent), ...(parent === '' ? [] : [parent])]) {
        if (this.tree.get(directory)?.type !== 'dir') this.put(directory, IMPLIED_DIR);
      }
      this.parents.set(written, parent);
    }
    return parent;
  }

  /** Records the current layer's definition of a directory, behind those of lower layers. */
  private define(path: string, inode: Inode): void {
    const old = this.tree.get(path);
    const before = (old && this.definitions.get(old)) ?? [];
    if (old) this.definitions.delete(old);
    const lower = before.filter(({ layer }) => layer < this.layer);
    this.definitions.set(inode, [...lower, { layer: this.layer, inode }]);
  }

  private put(path: string, inode: Inode): void {
    const old = this.tree.get(path);
    if (old && ((old.type === 'dir' && inode.type !== 'dir') || old.type === 'symlink')) this.parents.clear();
    this.tree.set(path, inode);
  }

  /** Removes what lower layers have at a path and below it. */
  private hide(path: string): void {
    const inode = this.tree.get(path);
    if (inode === undefined) return;
    if (inode.type === 'dir') this.hideContent(path);
    const used = this.tree.children(path).length > 0;
    if (this.touched.has(path)) {
      if (inode.type === 'dir') this.definitions.set(inode, [{ layer: this.layer, inode }]);
    } else if (used) {
      this.put(path, IMPLIED_DIR);
    } else {
      this.parents.clear();
      this.tree.delete(path);
    }
  }

  private hideContent(path: string): void {
    for (const name of this.tree.children(path)) this.hide(joinPath(path, name));
  }
}

function inLayer(error: unknown, { diffID }: LayerIndex, { path }: LayerEntry): unknown {
  if (!(error instanceof TreeError)) return error;
  const message = `layer ${diffID}: ${JSON.stringify(path)}: ${error.message}`;
  return new TreeError(error.code, message, { hint: error.hint, cause: error.cause });
}
