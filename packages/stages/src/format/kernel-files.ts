import { expandReference } from '@nx-linuxkit/spec';
import { Tree, joinPath, mergeTrees, type Content, type Inode, type Origin } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import type { Log } from '../environment.js';
import { StageError } from '../error.js';
import type { Extracted } from '../extract/index.js';
import { generatedDirectory, generatedFile } from '../generated-inode.js';
import type { MergedRoot } from '../initramfs/merged-root.js';
import type { ImageNode } from '../plan/image-node.js';
import type { OsPlan } from '../plan/os-plan.js';

/** What a loader takes from the kernel image. */
export interface KernelFiles {
  readonly kernel: Content;
  /** The kernel's mode in its image, for formats that keep modes; `ucodeMode` is that of the microcode. */
  readonly mode: number;
  /** An uncompressed cpio archive; absent in most images. */
  readonly ucode?: Content;
  readonly ucodeMode?: number;
}

/** The name of the kernel in the oldest kernel images; tried when the YAML gives no name. */
const OLD_NAME = 'bzImage';

/**
 * Finds kernel and microcode in the kernel image. Throws StageError `no-kernel` where the YAML or the image has none.
 */
export async function kernelFiles(
  plan: OsPlan,
  extracted: (image: ImageNode) => Promise<Extracted>,
  context: Pick<Context, 'store' | 'file'>,
): Promise<KernelFiles> {
  const { kernel } = plan.os;
  if (!kernel) {
    throw new StageError('no-kernel', 'the system has no kernel, which this format starts', {
      where: { file: plan.file },
      hint: 'Add `kernel.image`, or build a format without a kernel, such as tar.',
    });
  }
  const { tree } = (await extracted(plan.imageOf(kernel.image))).tree();
  const names = kernel.binary === 'kernel' ? ['kernel', OLD_NAME] : [kernel.binary];
  const binary = names.map((name) => fileInode(tree, name)).find((inode) => inode !== undefined);
  if (!binary?.content) {
    throw new StageError('no-kernel', `the image ${kernel.image} has no file ${names.join(' or ')}`, {
      where: plan.os.where(['kernel', 'image']),
      hint: 'Name the kernel in its image with `kernel.binary`.',
    });
  }
  const ucode = kernel.ucode ? fileInode(tree, kernel.ucode) : undefined;
  const content = plan.settings.decompressKernel
    ? await (await import('./kernel/decompress.js')).decompressKernel(binary.content, context)
    : binary.content;
  return {
    kernel: content,
    mode: binary.mode,
    ...(ucode?.content ? { ucode: ucode.content, ucodeMode: ucode.mode } : {}),
  };
}

/** The root of a system with a kernel, with the kernel's files below boot/, as the tar formats hold it. */
export function withKernelFiles(
  { root, segments }: MergedRoot,
  { kernel, mode, ucode, ucodeMode }: KernelFiles,
  plan: OsPlan,
  log: Log,
): Tree {
  const { image, cmdline } = plan.os.kernel as NonNullable<OsPlan['os']['kernel']>;
  const origin = { source: expandReference(image), location: 'kernel' };
  const deviceTrees = segments.flatMap(({ placed }) => placed.boot ?? []);
  const tree = mergeTrees([root, missingFolder(root, origin, plan, log), ...deviceTrees]);
  const put = (name: string, content: string | Content, bits?: number) =>
    tree.set(joinPath(tree.leadsTo('boot') as string, name), generatedFile(content, { mode: bits, origin }));
  put('cmdline', cmdline);
  put('kernel', kernel, mode);
  if (ucode) put('ucode.cpio', ucode, ucodeMode);
  return tree;
}

/**
 * A tree with the folder boot where something else has that name: a file, or a symlink that leads nowhere, gives way.
 * LinuxKit's tar holds both, and cannot be unpacked, or only without the kernel.
 */
function missingFolder(root: Tree, origin: Origin, { file }: OsPlan, log: Log): Tree {
  const tree = new Tree();
  if (root.leadsTo('boot') !== undefined) return tree;
  const { type, origin: by } = root.get('boot') as Inode;
  log(
    `warning: ${file}: boot is a ${type} of ${by?.location} (${by?.source}); ` +
      "the folder with the kernel's files takes its place",
  );
  tree.set('boot', generatedDirectory(origin));
  return tree;
}

function fileInode(tree: Tree, path: string): Inode | undefined {
  const inode = tree.follow(path);
  return inode?.type === 'file' ? inode : undefined;
}
