import { erofsImage, isPackable, type Image, type PackedVolume } from '@nx-linuxkit/disk';
import type { Content, Inode, Tree } from '@nx-linuxkit/tree';
import type { Context } from '../../context.js';
import { withFittingXattrs } from '../makers/root-xattrs.js';
import type { System } from '../system.js';
import { packedSource } from './packed-source.js';

/** Bytes of a source's packable files that are worth a file in the store. */
const WORTH_PACKING = 1 << 16;

/**
 * The root of a system as a compressed erofs. The contents of each layer lie together, so that a changed image changes its own
 * blocks and the list of files; what the system brings itself comes last.
 */
export async function erofsRoot(
  root: Tree,
  system: Pick<System, 'log' | 'format' | 'name'>,
  context: Pick<Context, 'store' | 'file'>,
): Promise<Image> {
  const entries = [...withFittingXattrs(root.walk(), 'erofs', system)];
  const packed: PackedVolume[] = [];
  for (const contents of sourcesOf(entries.map(({ inode }) => inode)))
    packed.push(await packedSource(contents, context));
  return erofsImage(entries, { isLast: isOwn, packed });
}

/** A file of the system itself, such as a service's config.json, is a source of its own; one of a layer lies behind a header. */
export function isOwn({ content }: Inode): boolean {
  return content?.offset === 0;
}

/** The packable contents of each source, each once; layers first, in the order of the tree. */
function sourcesOf(inodes: readonly Inode[]): Content[][] {
  const sources = new Map<string, Map<string, Content>>();
  const ordered = [...inodes.filter((inode) => !isOwn(inode)), ...inodes.filter(isOwn)];
  for (const { content } of ordered) {
    if (!content || !isPackable(content)) continue;
    const contents = sources.get(content.source.id) ?? new Map<string, Content>();
    sources.set(content.source.id, contents.set(`${content.offset} ${content.size}`, content));
  }
  return [...sources.values()]
    .map((contents) => [...contents.values()])
    .filter((contents) => contents.reduce((sum, { size }) => sum + size, 0) >= WORTH_PACKING);
}
