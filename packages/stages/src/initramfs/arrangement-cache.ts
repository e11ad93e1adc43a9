import { readFile, writeFile } from 'node:fs/promises';
import type { Store } from '@nx-linuxkit/oci';
import type { Content, Entry, Inode, InodeType, Tree } from '@nx-linuxkit/tree';
import { findPart, type Part, type StoredPart } from '../archive/stored-part.js';
import type { Bundles } from '../oci-config/index.js';
import { keyOf } from '../plan/key.js';
import type { OsPlan } from '../plan/os-plan.js';
import { compressorOf } from '../plan/settings.js';
import type { SealedFile } from '../seal.js';
import type { Segment } from '../segment/index.js';
import { isAtRoot } from '../segment/place-segment.js';
import { inWholePages } from '../segment/summary.js';
import { stageVersion } from '../stages.js';
import type { Arrangement, Taken } from './arrangement.js';
import type { PlacedFile } from './files.js';
import { bootTree, ownTree, rootsOf } from './own-tree.js';

/** Bumped when the stored text takes another form. */
const VERSION = 2;

/** What decides an arrangement beside the trees of isolated images. */
export interface ArrangementInput {
  readonly plan: OsPlan;
  readonly bundles: Bundles;
  readonly files: readonly PlacedFile[];
  /** The bill of materials, which is in a part of its own. */
  readonly sbom?: PlacedFile;
  /** In the order of the plan. */
  readonly segments: readonly Segment[];
  /** Digests of the manifests of the segments' images, in the same order. */
  readonly digests: readonly string[];
}

/** Where bytes that the system itself brings come from: a generated file, by its path, or an entry of `files`. */
type ContentRow = string | number;
/** [path, type, mode, uid, gid, mtime, target, content] */
type OwnRow = [string, InodeType, number, number, number, number, string | 0, ContentRow?];

/**
 * An arrangement as JSON. It names parts in the store, and holds no bytes of files, so that it stays valid when only those
 * change.
 */
interface ArrangementText {
  readonly taken: readonly Taken[];
  readonly remade: readonly Part[];
  readonly remadeFile?: SealedFile;
  readonly own: readonly OwnRow[];
  /** Bytes of memory that the root takes, without the files of `own`. */
  readonly unpacked: number;
  readonly capable: readonly string[];
}

/**
 * Keeps the arrangement of a system in the store. The key has all that it depends on: the images at the root, the
 * places of all others, paths and metadata of what the system itself brings, and which of that is empty; but not its
 * bytes. So a change of an `env`, of a file's contents or of a service's image needs no image's tree. Isolated images
 * are not counted in the arrangement.
 */
export class ArrangementCache {
  private constructor(
    private readonly store: Store,
    private readonly key: string,
    private readonly generated: Tree,
    private readonly files: readonly PlacedFile[],
  ) {}

  /** The cache for one system as it is now. */
  static of(store: Store, input: ArrangementInput): ArrangementCache {
    const { plan, segments, digests, bundles, files, sbom } = input;
    const generated = ownTree(plan, bundles, rootsOf(plan, segments));
    const images = plan.segments.map((node, i) => {
      const { sha256, summary } = segments[i];
      if (!isAtRoot(node)) return [node.plan, summary.prefix, summary.root ?? 'unsaid'];
      return [node.plan, digests[i], sha256];
    });
    const key = keyOf([
      [VERSION, stageVersion('initramfs'), compressorOf(plan.settings)],
      images,
      shapeOf(bootTree(plan).entries()),
      shapeOf(generated.entries()),
      shapeOf(files),
      plan.settings.filesOverrideParents ?? false,
      ...(sbom ? [[shapeOf([sbom]), sbom.inode.content?.source.id]] : []),
      // A build that trusts all outputs may have arranged forged ones.
      ...(plan.settings.trustedCache === false ? ['own outputs'] : []),
    ]);
    return new ArrangementCache(store, `${key}-arrangement`, generated, files);
  }

  /** The arrangement of an earlier build; undefined when the store has none, or lacks one of its parts. */
  async recall(): Promise<Arrangement | undefined> {
    const path = await this.store.find('result', this.key);
    if (!path) return undefined;
    const text = JSON.parse(await readFile(path, 'utf8')) as ArrangementText;
    const remade = await Promise.all(text.remade.map((part) => findPart(this.store, part)));
    if (!remade.every((part): part is StoredPart => part !== undefined)) return undefined;
    const own = text.own.map((row) => this.readRow(row));
    return { ...text, remade, own, unpacked: text.unpacked + sizeOf(own) };
  }

  /** Stores an arrangement; `remadeFile` is what its remade parts gave, if there are any. */
  async remember(
    { taken, remade, own, unpacked, capable }: Arrangement,
    remadeFile: SealedFile | undefined,
    generated: Tree,
  ): Promise<void> {
    const rows = this.writeRows(own, generated);
    if (!rows) return;
    const text: ArrangementText = {
      taken,
      remade: remade.map(({ id, size, plain, crc }) => ({ id, size, plain, crc })),
      ...(remadeFile && { remadeFile }),
      own: rows,
      unpacked: unpacked - sizeOf(own),
      capable,
    };
    await this.store.put('result', this.key, (path) => writeFile(path, JSON.stringify(text)));
  }

  /** Undefined for a file with several names, which rows cannot express. */
  private writeRows(own: readonly Entry[], generated: Tree): OwnRow[] | undefined {
    const sources = new Map<Inode, ContentRow>([
      ...generated.entries().map(({ path, inode }) => [inode, path] as const),
      ...this.files.map(({ inode }, i) => [inode, i] as const),
    ]);
    const rows: OwnRow[] = [];
    for (const { path, inode } of own) {
      const { type, mode, uid, gid, mtime, target = 0 } = inode;
      const row: OwnRow = [path, type, mode, uid, gid, mtime, target];
      if (type === 'file') {
        const source = sources.get(inode);
        if (source === undefined) return undefined;
        row.push(source);
        sources.delete(inode);
      }
      rows.push(row);
    }
    return rows;
  }

  private readRow([path, type, mode, uid, gid, mtime, target, source]: OwnRow): Entry {
    const content = source === undefined ? undefined : this.contentOf(source);
    const link = target === 0 ? {} : { target };
    return { path, inode: { type, mode, uid, gid, mtime, ...link, ...(content && { content }) } };
  }

  private contentOf(source: ContentRow): Content | undefined {
    return typeof source === 'number'
      ? this.files[source].inode.content
      : this.generated.get(source)?.content;
  }
}

/** All that decides where an entry ends up and what it meets. It matters whether the entry has bytes, and not which. */
function shapeOf(entries: readonly (Entry & Pick<PlacedFile, 'isImplied'>)[]): unknown[] {
  return entries.map(({ path, inode: { type, mode, uid, gid, mtime, target, content }, isImplied }) => {
    const shape = [path, type, mode, uid, gid, mtime, target, (content?.size ?? 0) > 0];
    return isImplied ? [...shape, 'implied'] : shape;
  });
}

function sizeOf(own: readonly Entry[]): number {
  return own.reduce((sum, { inode: { content } }) => sum + inWholePages(content?.size ?? 0), 0);
}
