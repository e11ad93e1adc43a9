import { baseOf, bytesContent, joinPath, type ByteSource, type Inode, type Tree } from '@nx-linuxkit/tree';
import { DockerfileError } from '../error.js';
import type { CopyInput } from './copy-input.js';
import { failing } from './copy-input.js';
import { EVERYTHING, type Filter } from './filter.js';
import type { LayerTree } from './layer-tree.js';
import type { Owner } from './owner.js';
import { unpackArchive } from './unpack.js';

/** Where an instruction copies to. */
export interface Destination {
  /** Absolute path in the image. */
  readonly path: string;
  /** Whether files get their own names in it. */
  readonly isFolder: boolean;
}

/** Copies with the owner, the mode and the latest time of one instruction. Hard links stay hard links of each other. */
export class Copier {
  private readonly copied = new Map<Inode, Inode>();

  constructor(
    private readonly target: LayerTree,
    private readonly input: CopyInput,
    private readonly owner: Owner | undefined,
  ) {}

  /**
   * Copies a file, or what lies in a folder: a destination that is new has the mode 0755 and the owner of `--chown`, whatever
   * the folder has. `--exclude` leaves out the file by its name.
   */
  async copy(path: string, to: Destination, filter: Filter): Promise<void> {
    const { source, step } = this.input;
    const real = source.realpath(path);
    const inode = source.get(real) ?? (real === '' ? ROOT : undefined);
    if (!inode) throw failing(this.input)('missing-file', `${path} is a symlink that leads nowhere`);
    if (inode.type === 'dir') return this.copyTree(source, real, this.folderOnce(to.path), filter);
    if (!filter.takes(baseOf(path))) return;
    const unpacks = step.unpacks ?? step.instruction.keyword === 'ADD';
    const archive = unpacks ? await this.archive(path, inode) : undefined;
    if (archive) return this.copyTree(archive, '', this.folderOnce(to.path), EVERYTHING);
    this.file(inode, to.path, to.isFolder ? baseOf(path) : undefined);
  }

  /** Copies what the filter takes below a folder, with the folders in between. The destination is a folder in any case. */
  copyParents(folder: string, destination: string, filter: Filter): void {
    const { source } = this.input;
    this.copyTree(source, source.realpath(folder), this.folderOnce(destination), filter);
  }

  /** Writes a text of the Dockerfile. */
  write(name: string, text: string, to: Destination): void {
    const content = text === '' ? undefined : bytesContent(text);
    this.file(this.made(0o644, content), to.path, to.isFolder ? name : undefined);
  }

  /** Writes what came from a URL; only its owner may read it, as BuildKit has it. */
  async add(name: string, source: ByteSource, to: Destination): Promise<void> {
    const { size } = source;
    const inode = this.made(0o600, size === 0 ? undefined : { source, offset: 0, size });
    const archive = this.input.step.unpacks ? await this.archive(name, inode) : undefined;
    if (archive) return this.copyTree(archive, '', this.folderOnce(to.path), EVERYTHING);
    this.file(inode, to.path, to.isFolder ? name : undefined);
  }

  private made(mode: number, content: Inode['content']): Inode {
    return { type: 'file', mode, uid: 0, gid: 0, mtime: this.input.mtime, content };
  }

  private async archive(path: string, inode: Inode): Promise<Tree | undefined> {
    try {
      return await unpackArchive(inode, this.input.keep);
    } catch (error) {
      if (!(error instanceof DockerfileError)) throw error;
      throw failing(this.input)(error.code, `${path}: ${error.message}`, error.hint);
    }
  }

  /**
   * Copies what lies in a folder. `to` makes the place of that folder when something is put into it. A folder that the
   * filter does not take is made for what it takes below.
   */
  private copyTree(source: Tree, from: string, to: () => string, filter: Filter, at = ''): void {
    for (const name of source.children(from)) {
      const [path, below] = [joinPath(from, name), joinPath(at, name)];
      const inode = source.get(path) as Inode;
      const isTaken = filter.takes(below);
      if (inode.type !== 'dir') {
        if (isTaken) this.put(joinPath(to(), name), inode);
        continue;
      }
      if (!isTaken && !filter.looksInto(below)) continue;
      let made: string | undefined;
      const folder = () => (made ??= this.putFolder(joinPath(to(), name), inode, isTaken));
      if (isTaken) folder();
      this.copyTree(source, path, folder, filter, below);
    }
  }

  /** A folder that is there, and that the filter does not take, gets the mode alone, as BuildKit does it. */
  private putFolder(place: string, inode: Inode, isTaken: boolean): string {
    const folder = this.target.folderAt(place);
    const before = folder === undefined ? undefined : this.target.at(folder);
    if (folder !== undefined && before && !isTaken) this.target.put(folder, { ...before, mode: inode.mode });
    else this.put(folder ?? place, inode);
    return folder ?? place;
  }

  /** Makes a folder, even if nothing is put into it. */
  private folderOnce(path: string): () => string {
    const folder = this.folder(path);
    return () => folder;
  }

  private file(inode: Inode, destination: string, name: string | undefined): void {
    if (name !== undefined) return this.put(joinPath(this.folder(destination), name), inode);
    // A symlink at the destination is followed, and what it leads to is written, as BuildKit does it.
    const path = this.target.realpath(destination.slice(1));
    this.folder(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '');
    this.put(path, inode);
  }

  private put(path: string, inode: Inode): void {
    const before = this.target.at(path);
    if (before && (before.type === 'dir') !== (inode.type === 'dir')) {
      const [is, wanted] = [before, inode].map(({ type }) => (type === 'dir' ? 'a folder' : 'no folder'));
      throw failing(this.input)(
        'bad-dockerfile',
        `/${path} is ${is} already, and what is copied is ${wanted}`,
      );
    }
    this.target.put(path, this.changed(inode));
  }

  private folder(path: string): string {
    return this.target.makeFolder(path.replace(/^\/|\/$/g, ''), this.owner ?? { uid: 0, gid: 0 });
  }

  private changed(inode: Inode): Inode {
    const known = this.copied.get(inode);
    if (known) return known;
    const { step, mtime } = this.input;
    const { type, mode } = inode;
    const changed: Inode = {
      ...inode,
      ...this.owner,
      ...(step.mode !== undefined &&
        type !== 'symlink' && { mode: step.mode(mode & 0o7777, type === 'dir') }),
      mtime: Math.min(inode.mtime, mtime),
    };
    if (type !== 'dir') this.copied.set(inode, changed);
    return changed;
  }
}

/** The root of a context or an image that says nothing of its root. */
const ROOT: Inode = { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: 0 };
