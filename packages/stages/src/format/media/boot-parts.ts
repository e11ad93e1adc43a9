import { KERNEL_HEADER_BYTES, checkCmdline, inspectKernel, type KernelInfo } from '@nx-linuxkit/disk';
import type { Content } from '@nx-linuxkit/tree';
import { StageError } from '../../error.js';
import { readBytes } from '../kernel/read-bytes.js';
import type { System } from '../system.js';

/** What every loader starts. */
export interface BootParts {
  readonly kernel: Content;
  readonly info: KernelInfo;
  readonly initrd: Content;
  /** One line, without a line end. */
  readonly cmdline: string;
}

/** Names of architectures in kernel headers, and OCI's for the same. */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  i386: '386',
  arm64: 'arm64',
  riscv64: 'riscv64',
};

/**
 * Collects what a loader starts, and refuses what no machine could boot: another architecture, a line or initrd too
 * large.
 */
export async function bootParts(system: System): Promise<BootParts> {
  const { kernel } = await system.kernel();
  const info = inspectKernel(await readBytes(kernel, 0, KERNEL_HEADER_BYTES));
  const architecture = system.platform.split('/')[1];
  if (ARCHITECTURES[info.arch] !== architecture) {
    throw new StageError('bad-image', `the kernel is for ${info.arch}, the system for ${system.platform}`);
  }
  const cmdline = system.cmdline.trim().replace(/\s*\n\s*/g, ' ');
  checkCmdline(info, cmdline);
  const initrd = await system.initrd();
  const limit = info.initrdAddressMax ?? Infinity;
  if (kernel.size + initrd.size > limit) {
    throw new StageError(
      'unsupported',
      `the kernel takes an initrd that ends below ${limit} bytes of memory, this one has ${initrd.size}`,
      { hint: 'Put the root on a disk: kernel+squashfs, kernel+erofs.' },
    );
  }
  return { kernel, info, initrd, cmdline };
}

/** A file of a loader's image. Throws StageError `no-loader` where the image lacks it. */
export async function loaderFile(
  system: System,
  name: Parameters<System['loader']>[0],
  path: string,
): Promise<Content> {
  const tree = await system.loader(name);
  const content = tree.follow(path)?.content;
  if (content) return content;
  throw new StageError('no-loader', `the image of the loader ${name} has no file /${path}`, {
    hint: `See images/${name} for the files that formats take from it.`,
  });
}

/** The bytes of a small file of a loader's image. */
export async function loaderBytes(
  system: System,
  name: Parameters<System['loader']>[0],
  path: string,
): Promise<Buffer> {
  const content = await loaderFile(system, name, path);
  return readBytes(content, 0, content.size);
}
