import {
  DEFAULT_MTIME,
  Tree,
  joinPath,
  mergeTrees,
  type Content,
  type Inode,
  type Origin,
} from '@nx-linuxkit/tree';
import { expandReference } from '@nx-linuxkit/spec';
import type { Log } from '../environment.js';
import { StageError } from '../error.js';
import type { Assembly } from '../initramfs/assemble.js';
import { generatedDirectory, generatedFile } from '../initramfs/own-tree.js';
import type { Pipeline } from '../pipeline.js';
import type { OsPlan } from '../plan/os-plan.js';

/** What a loader takes from the kernel image. */
export interface KernelFiles {
  readonly kernel: Content;
  /** Of the kernel in its image, as `ucodeMode` of the microcode; kept where a format keeps modes. */
  readonly mode: number;
  /** An uncompressed cpio archive; absent in most images. */
  readonly ucode?: Content;
  readonly ucodeMode?: number;
}

/** What the oldest kernel images call the kernel; looked for when the YAML leaves the name to us. */
const OLD_NAME = 'bzImage';

export async function kernelFiles(pipeline: Pipeline, plan: OsPlan, log: Log): Promise<KernelFiles> {
  const { kernel } = plan.os;
  if (!kernel) {
    throw new StageError('no-kernel', `${plan.file} has no kernel, which this format starts`, {
      where: { file: plan.file },
      hint: 'Add `kernel.image`, or build a format without a kernel, such as tar.',
    });
  }
  const { tree } = (await pipeline.extract(plan.imageOf(kernel.image), log)).tree();
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
    ? await (await import('./kernel/decompress.js')).decompressKernel(pipeline, binary.content)
    : binary.content;
  return {
    kernel: content,
    mode: binary.mode,
    ...(ucode?.content ? { ucode: ucode.content, ucodeMode: ucode.mode } : {}),
  };
}

/** The root with the kernel's files below boot/, as the tar formats hold it. */
export function bootFiles({ root, containers }: Assembly, files: KernelFiles, plan: OsPlan, log: Log): Tree {
  const { kernel, mode, ucode, ucodeMode = 0o644 } = files;
  const image = plan.os.kernel as NonNullable<OsPlan['os']['kernel']>;
  const origin = { source: expandReference(image.image), location: 'kernel' };
  const file = (content: Content, bits: number): Inode => ({
    ...generatedFile('', origin, bits),
    mtime: DEFAULT_MTIME,
    content,
  });
  const deviceTrees = containers.flatMap(({ placed }) => placed.boot ?? []);
  const tree = mergeTrees([root, missingFolder(root, origin, plan, log), ...deviceTrees]);
  const put = (name: string, inode: Inode) => tree.set(joinPath(tree.leadsTo('boot') as string, name), inode);
  put('cmdline', generatedFile(image.cmdline, origin));
  put('kernel', file(kernel, mode));
  if (ucode) put('ucode.cpio', file(ucode, ucodeMode));
  return tree;
}

/**
 * The folder boot, where something else has its name: a file or a symlink that leads nowhere gives way.
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
