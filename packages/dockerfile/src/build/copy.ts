import { baseOf, bytesContent, joinPath, type Inode, type Tree } from '@nx-linuxkit/tree';
import { DockerfileError, type DockerfileErrorCode } from '../error.js';
import type { CopyStep } from '../evaluate/step.js';
import { whereOf, type Dockerfile } from '../parse/dockerfile.js';
import { BadPattern, matchPaths } from './glob.js';
import type { LayerTree } from './layer-tree.js';
import { findOwner, type Owner } from './owner.js';
import { unpackArchive, type Unpacked } from './unpack.js';

/** What COPY reads. */
export interface CopyInput {
  readonly dockerfile: Dockerfile;
  readonly step: CopyStep;
  /** The context, or the tree of the stage or image that `--from` names. */
  readonly source: Tree;
  /** Seconds since 1970: what is later gets this time. */
  readonly mtime: number;
  /** Keeps the bytes of an unpacked archive until the image is written. */
  readonly keep: (bytes: AsyncIterable<Uint8Array>) => Promise<Unpacked>;
}

/** Applies COPY or ADD to the tree of a stage. Throws DockerfileError at the line of the instruction. */
export async function copyInto(target: LayerTree, input: CopyInput): Promise<void> {
  const { step, source } = input;
  const fail = failing(input);
  const owner = await ownerOf(target, input);
  const copier = new Copier(target, input, owner);
  const found = step.sources.flatMap((pattern) => {
    if (/^(https?|git):\/\//.test(pattern)) {
      throw fail(
        'unsupported',
        `${pattern} is a URL, which this builder does not fetch`,
        'Download the file, and COPY it.',
      );
    }
    const paths = pathsOf(pattern);
    if (paths.length > 0) return paths;
    const where = step.from ? 'the image or stage that --from names' : 'the build context';
    throw fail(
      'missing-file',
      `${pattern} is not in ${where}`,
      step.from ? undefined : 'Look at the path, and at .dockerignore.',
    );
  });
  const isFolder = step.destination.endsWith('/') || target.folderAt(step.destination) !== undefined;
  if (found.length + step.texts.length > 1 && !isFolder) {
    throw fail(
      'bad-dockerfile',
      `with more than one source the destination must be a folder: expected ${step.destination}/`,
    );
  }
  for (const path of found) await copier.copy(path, step.destination, isFolder);
  for (const { name, text } of step.texts) copier.write(name, text, step.destination, isFolder);

  function pathsOf(pattern: string): string[] {
    try {
      return matchPaths(source, pattern);
    } catch (error) {
      throw error instanceof BadPattern ? fail('bad-dockerfile', `${pattern}: ${error.message}`) : error;
    }
  }
}

/** Copies with the owner, the mode and the latest time of one instruction. Hard links stay hard links of each other. */
class Copier {
  private readonly copied = new Map<Inode, Inode>();

  constructor(
    private readonly target: LayerTree,
    private readonly input: CopyInput,
    private readonly owner: Owner | undefined,
  ) {}

  async copy(path: string, destination: string, isFolder: boolean): Promise<void> {
    const { source, step, keep } = this.input;
    const real = source.realpath(path);
    const inode = source.get(real) ?? (real === '' ? ROOT : undefined);
    if (!inode) throw failing(this.input)('missing-file', `${path} is a symlink that leads nowhere`);
    if (inode.type === 'dir') return this.copyFolder(real, inode, destination);
    const archive = step.unpacks && !step.from ? await this.archive(path, inode, keep) : undefined;
    if (archive) return this.copyTree(archive, '', this.folder(destination));
    this.file(inode, destination, isFolder ? baseOf(path) : undefined);
  }

  private async archive(path: string, inode: Inode, keep: CopyInput['keep']): Promise<Tree | undefined> {
    try {
      return await unpackArchive(inode, keep);
    } catch (error) {
      if (!(error instanceof DockerfileError)) throw error;
      throw failing(this.input)(error.code, `${path}: ${error.message}`, error.hint);
    }
  }

  write(name: string, text: string, destination: string, isFolder: boolean): void {
    const content = text === '' ? undefined : bytesContent(text);
    const inode: Inode = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: this.input.mtime, content };
    this.file(inode, destination, isFolder ? name : undefined);
  }

  /** A folder's own metadata go to a destination that is new; one that exists keeps its own. */
  private copyFolder(path: string, inode: Inode, destination: string): void {
    const exists = this.target.folderAt(destination) !== undefined;
    const folder = this.folder(destination);
    if (!exists) this.target.put(folder, this.changed(inode));
    this.copyTree(this.input.source, path, folder);
  }

  private copyTree(source: Tree, from: string, to: string): void {
    for (const name of source.children(from)) {
      const path = joinPath(from, name);
      const inode = source.get(path) as Inode;
      const place = joinPath(to, name);
      if (inode.type !== 'dir') {
        this.put(place, inode);
        continue;
      }
      const folder = this.target.folderAt(place);
      this.put(folder ?? place, inode);
      this.copyTree(source, path, folder ?? place);
    }
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
    const changed: Inode = {
      ...inode,
      ...this.owner,
      ...(step.mode !== undefined && inode.type !== 'symlink' && { mode: step.mode }),
      mtime: Math.min(inode.mtime, mtime),
    };
    if (inode.type !== 'dir') this.copied.set(inode, changed);
    return changed;
  }
}

/** The root of a context or an image that says nothing of its root. */
const ROOT: Inode = { type: 'dir', mode: 0o755, uid: 0, gid: 0, mtime: 0 };

async function ownerOf(target: LayerTree, input: CopyInput): Promise<Owner | undefined> {
  const { owner: text } = input.step;
  if (text === undefined) return undefined;
  const owner = await findOwner(text, (path) => target.follow(path));
  if (owner) return owner;
  throw failing(input)(
    'missing-file',
    `--chown=${text}: the image has no such user or group`,
    'Use numbers, as in --chown=1000:1000.',
  );
}

function failing({ dockerfile, step: { instruction } }: Pick<CopyInput, 'dockerfile' | 'step'>) {
  return (code: DockerfileErrorCode, message: string, hint?: string) =>
    new DockerfileError(code, `${instruction.keyword}: ${message}`, {
      where: whereOf(dockerfile, instruction),
      hint,
    });
}
