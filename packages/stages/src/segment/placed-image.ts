import type { ImageConfig, Store } from '@nx-linuxkit/oci';
import {
  applyLayers,
  applyRules,
  filterTree,
  joinPath,
  prefixTree,
  type Content,
  type Entry,
  type ImageTree,
  type Origin,
  type Tree,
} from '@nx-linuxkit/tree';
import type { Extracted } from '../extract/index.js';
import { StageError } from '../error.js';
import { tarFileIndex } from '../layers/tar-file-index.js';
import { labelReadonly } from '../oci-config/label.js';
import type { SegmentPlan } from '../plan/os-plan.js';
import { rootfsRules } from './rootfs-rules.js';

/** An image at its place in the initramfs. */
export interface PlacedImage {
  /** The image itself, which knows the layer of each entry. For a kernel it is the module tarball. */
  readonly image: ImageTree;
  /** Where its root lies: '', `containers/services/nginx/rootfs`, `…/lower`. */
  readonly prefix: string;
  /** What the initramfs must hold of the image, prefix included. */
  readonly tree: Tree;
  /** What a kernel's tarball has below boot/: device trees for a loader, which no initramfs holds. */
  readonly boot?: Tree;
}

/** Puts an image where it belongs, with LinuxKit's rules for that place. `name` names the image in errors. */
export async function placeImage(
  { image: { config }, tree: extracted }: Extracted,
  plan: SegmentPlan,
  origin: Origin,
  store: Store,
  name: string,
): Promise<PlacedImage> {
  if (plan.section === 'kernel') return placeModules(extracted(origin), plan, origin, store);
  const image = extracted(origin);
  const prefix = rootPath(plan, config, name);
  const tree = prefixTree(applyRules(image.tree, rootfsRules(plan.section, origin)), prefix);
  return { image, prefix, tree };
}

/**
 * Where an image's root lies. A read-only container runs from `rootfs`, a writable one from an overlay over `lower`. `name`
 * names the image in errors.
 */
export function rootPath({ section, at, readonly }: SegmentPlan, config: ImageConfig, name: string): string {
  if (section === 'kernel' || section === 'init') return '';
  if (section === 'volumes') return joinPath(at, 'lower');
  return joinPath(at, (readonly ?? labelReadonly(config, name)) ? 'rootfs' : 'lower');
}

/** Puts the members of a kernel's module tarball into the root, and nothing else of its image. */
async function placeModules(
  kernel: ImageTree,
  { tar }: SegmentPlan,
  origin: Origin,
  store: Store,
): Promise<PlacedImage> {
  if (!tar || tar === 'none') {
    const image = applyLayers([]);
    return { image, prefix: '', tree: image.tree };
  }
  const content = fileOf(kernel.tree, tar);
  if (!content) {
    throw new StageError(
      'no-kernel',
      `the kernel image has no file ${tar}, from which the modules are taken`,
      {
        hint: 'Name the module tarball in `kernel.tar`, or write `tar: none` for a kernel without modules.',
      },
    );
  }
  const layer = kernel.layers.find(({ diffID }) => diffID === content.source.id);
  const index = await tarFileIndex(store, content, layer?.size ?? 0);
  const image = applyLayers([index], { open: () => content.source, origin });
  const isBoot = ({ path }: Entry) => path.startsWith('boot/');
  const tree = filterTree(image.tree, (entry) => !isBoot(entry));
  return { image, prefix: '', tree, boot: filterTree(image.tree, isBoot) };
}

/** The content of a regular file; follows symlinks inside the tree. */
export function fileOf(tree: Tree, path: string): Content | undefined {
  const inode = tree.follow(path);
  return inode?.type === 'file' ? inode.content : undefined;
}
