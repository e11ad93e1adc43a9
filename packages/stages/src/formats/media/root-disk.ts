import { join } from 'node:path';
import {
  KERNEL_HEADER_BYTES,
  ROOT_FILE_SYSTEMS,
  checkCmdline,
  inspectKernel,
  type RootFileSystem,
} from '@nx-linuxkit/disk';
import { DEFAULT_MTIME, bytesContent, readContent, writeCpio, type Tree } from '@nx-linuxkit/tree';
import { concatenate } from '../../segment/write-segment.js';
import { encode } from '../../segment/part.js';
import { readBytes } from '../kernel/read-bytes.js';
import type { System } from '../system.js';
import { writeContent, writeFileFrom } from '../write-file.js';
import { rootModules, type KernelModule } from './kernel-modules.js';

/** What Linux calls the driver of each. */
const DRIVERS: Readonly<Record<RootFileSystem, string>> = {
  squashfs: 'squashfs',
  erofs: 'erofs',
  iso9660: 'isofs',
};

/** A kernel, its command line, and the root on a disk of its own; an initrd if the kernel needs one to mount it. */
export async function writeRootDisk(
  system: System,
  folder: string,
  { fileSystem, suffix }: { fileSystem: RootFileSystem; suffix: string },
): Promise<void> {
  const path = (ending: string) => join(folder, system.name + ending);
  const { kernel, ucode } = await system.kernel();
  const cmdline = withRoot(system.cmdline);
  checkCmdline(inspectKernel(await readBytes(kernel, 0, KERNEL_HEADER_BYTES)), cmdline);
  const root = await system.rootTree();
  const modules = await rootModules(root, DRIVERS[fileSystem]);
  const archives = [
    ...(ucode ? [readContent(ucode)] : []),
    ...(modules.length > 0 ? [encode(writeCpio(await switchRoot(system, modules)), 'gzip')] : []),
  ];
  await writeContent(path('-kernel'), kernel);
  await writeFileFrom(path('-cmdline'), [Buffer.from(cmdline)]);
  if (archives.length > 0) await writeFileFrom(path('-initrd.img'), concatenate(archives));
  await ROOT_FILE_SYSTEMS[fileSystem](root.entries(), path(suffix));
}

/** The first virtio disk, which is what `boot` gives it. */
function withRoot(cmdline: string): string {
  return /(^|\s)root=/.test(cmdline) ? cmdline : `${cmdline} root=/dev/vda`.trim();
}

/** The loader's tree, with the modules and the order in which its init loads them. */
async function switchRoot(system: System, modules: readonly KernelModule[]) {
  const tree: Tree = (await system.loader('rootfs-loader')).clone();
  const places = modules.map(({ name }) => `lib/modules/${name}.ko`);
  modules.forEach(({ inode }, i) => tree.set(places[i], inode));
  tree.set('modules', {
    ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME },
    content: bytesContent(places.map((place) => `/${place}\n`).join('')),
  });
  return tree.entries();
}
