import { readFile, writeFile } from 'node:fs/promises';
import type { Store } from '@nx-linuxkit/oci';
import type { Content, Entry, Inode, InodeType, Tree } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import type { Bundles } from '../oci-config/index.js';
import type { Pipeline } from '../pipeline.js';
import { keyOf } from '../plan/key.js';
import type { OsPlan } from '../plan/os-plan.js';
import type { Segment } from '../segment/index.js';
import { inWholePages } from '../segment/summary.js';
import { stageVersion } from '../version.js';
import type { Arrangement } from './arrange.js';
import type { PlacedFile } from './files.js';
import { bootTree, isAtRoot, ownTree, rootsOf } from './own-tree.js';

/** Bumped when the text takes another form. */
const VERSION = 1;

/** What an arrangement is made of, beside the trees of the images. */
export interface Parts {
  readonly segments: readonly Segment[];
  readonly bundles: Bundles;
  readonly files: readonly PlacedFile[];
}

/** Where bytes that the OS itself brings come from: a generated file, by its path, or an entry of `files`. */
type ContentRow = string | number;
/** [path, type, mode, uid, gid, mtime, target, content] */
type OwnRow = [string, InodeType, number, number, number, number, string | 0, ContentRow?];

/** An arrangement as text: no bytes, so that it holds for others as well. */
interface ArrangementText {
  readonly starts: readonly number[];
  readonly own: readonly OwnRow[];
  /** What the root shows, without what `own` takes. */
  readonly unpacked: number;
  readonly capable: readonly string[];
}

/**
 * The arrangement of an earlier build, kept in the store by all that it depends on: the images at the root, the places
 * of all others, paths and metadata of what the OS brings itself, and which of that is empty – not its bytes. So a
 * change of an `env`, of a file's contents or of a service's image needs no image's tree. Images with a folder to
 * themselves are not counted in it.
 */
export class RememberedArrangement {
  private constructor(
    private readonly store: Store,
    private readonly key: string,
    private readonly generated: Tree,
    private readonly files: readonly PlacedFile[],
  ) {}

  static async of(pipeline: Pipeline, plan: OsPlan, parts: Parts, log: Log): Promise<RememberedArrangement> {
    const { segments, bundles, files } = parts;
    const generated = ownTree(plan, bundles, rootsOf(plan, segments));
    const images = plan.containers.map(async (node, i) => {
      const { sha256, summary } = segments[i];
      if (!isAtRoot(node)) return [node.segment, summary.prefix, summary.root ?? 'unsaid'];
      const { manifestDigest } = await pipeline.facts(node.image, log);
      return [node.segment, manifestDigest, sha256];
    });
    const key = keyOf([
      [VERSION, stageVersion('initramfs')],
      await Promise.all(images),
      shapeOf(bootTree(plan).entries()),
      shapeOf(generated.entries()),
      shapeOf(files),
      plan.settings.filesOverrideParents ?? false,
    ]);
    return new RememberedArrangement(pipeline.environment.store, `${key}-arrangement`, generated, files);
  }

  async recall(): Promise<Arrangement | undefined> {
    const path = await this.store.find('result', this.key);
    if (!path) return undefined;
    const { starts, own, unpacked, capable } = JSON.parse(await readFile(path, 'utf8')) as ArrangementText;
    const entries = own.map((row) => this.readRow(row));
    return {
      segments: starts.map((start) => ({ start })),
      own: entries,
      unpacked: unpacked + sizeOf(entries),
      capable,
    };
  }

  /** Only of what no company changed: not when segments had to be made again, or when the own archive has bytes of an image. */
  async remember(arrangement: Arrangement, generated: Tree): Promise<void> {
    const { segments, own, unpacked, capable } = arrangement;
    const rows = this.writeRows(own, generated);
    if (!rows || segments.some(({ again }) => again)) return;
    const starts = segments.map(({ start }) => start);
    const text: ArrangementText = { starts, own: rows, unpacked: unpacked - sizeOf(own), capable };
    await this.store.put('result', this.key, (path) => writeFile(path, JSON.stringify(text)));
  }

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
        // A second name of the same file is a link, which a row cannot say.
        sources.delete(inode);
      } else if (type !== 'dir' && type !== 'symlink') return undefined;
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

/** All that decides where an entry ends and what meets it; of its bytes, whether there are any. */
function shapeOf(entries: readonly Entry[]): unknown[] {
  return entries.map(({ path, inode: { type, mode, uid, gid, mtime, target, content } }) => {
    return [path, type, mode, uid, gid, mtime, target, (content?.size ?? 0) > 0];
  });
}

function sizeOf(own: readonly Entry[]): number {
  return own.reduce((sum, { inode: { content } }) => sum + inWholePages(content?.size ?? 0), 0);
}
