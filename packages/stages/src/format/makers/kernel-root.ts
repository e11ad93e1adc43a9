import { compress } from '@nx-linuxkit/deflate';
import { KERNEL_HEADER_BYTES, ROOT_FILE_SYSTEMS, checkCmdline, inspectKernel } from '@nx-linuxkit/disk';
import { withRootDevice, type RootFileSystem } from '@nx-linuxkit/formats';
import { readContent, writeCpio, type Entry, type Tree } from '@nx-linuxkit/tree';
import { concatenate } from '../../archive/alignment.js';
import { generatedFile } from '../../generated-inode.js';
import { readBytes } from '../kernel/read-bytes.js';
import type { System } from '../system.js';
import { writeContent, writeFileFrom } from '../write-file.js';
import { rootModules, type KernelModule } from './kernel-modules.js';
import type { MakeFormat } from './maker.js';
import { withFittingXattrs } from './root-xattrs.js';

/** Linux's name for the driver of each file system. */
const DRIVERS: Readonly<Record<RootFileSystem, string>> = {
  squashfs: 'squashfs',
  erofs: 'erofs',
  iso9660: 'isofs',
};

/**
 * Makes a kernel, its command line, and the root on a disk of its own; an initrd if the kernel needs one to mount it.
 */
export function kernelRoot(fileSystem: RootFileSystem): MakeFormat {
  return async (system, path) => {
    const { kernel, ucode } = await system.kernel();
    const cmdline = withRootDevice(system.cmdline);
    checkCmdline(inspectKernel(await readBytes(kernel, 0, KERNEL_HEADER_BYTES)), cmdline);
    const root = await system.rootTree();
    const modules = await rootModules(root, DRIVERS[fileSystem]);
    const archives = [
      ...(ucode ? [readContent(ucode)] : []),
      ...(modules.length > 0
        ? [compress(writeCpio(await switchRoot(system, modules)), { kept: system.kept })]
        : []),
    ];
    await writeContent(path('kernel'), kernel);
    await writeFileFrom(path('cmdline'), [Buffer.from(cmdline)]);
    if (archives.length > 0) await writeFileFrom(path('initrd'), concatenate(archives));
    const entries = withFittingXattrs(root.entries(), fileSystem, system);
    await ROOT_FILE_SYSTEMS[fileSystem](entries, path('root'), { kept: system.kept });
  };
}

/** The tree of the small initrd: the loader's, with the modules and the order in which its init loads them. */
async function switchRoot(system: System, modules: readonly KernelModule[]): Promise<Entry[]> {
  const tree: Tree = (await system.loader('rootfs-loader')).clone();
  const places = modules.map(({ name }) => `lib/modules/${name}.ko`);
  modules.forEach(({ inode }, i) => tree.set(places[i], inode));
  tree.set('modules', generatedFile(places.map((place) => `/${place}\n`).join('')));
  return tree.entries();
}
