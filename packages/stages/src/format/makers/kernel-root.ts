import { compress } from '@nx-linuxkit/deflate';
import { KERNEL_HEADER_BYTES, ROOT_FILE_SYSTEMS, checkCmdline, inspectKernel } from '@nx-linuxkit/disk';
import { withRootDevice, type RootFileSystem } from '@nx-linuxkit/formats';
import { readContent, writeCpio } from '@nx-linuxkit/tree';
import { concatenate } from '../../archive/alignment.js';
import { readBytes } from '../kernel/read-bytes.js';
import { rootModules } from '../root-loader/kernel-modules.js';
import { loaderTree } from '../root-loader/loader-tree.js';
import { writeContent, writeFileFrom } from '../write-file.js';
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
        ? [compress(writeCpio(await loaderTree(system, 'rootfs-loader', modules)), { kept: system.kept })]
        : []),
    ];
    await writeContent(path('kernel'), kernel);
    await writeFileFrom(path('cmdline'), [Buffer.from(cmdline)]);
    if (archives.length > 0) await writeFileFrom(path('initrd'), concatenate(archives));
    const entries = withFittingXattrs(root.walk(), fileSystem, system);
    await ROOT_FILE_SYSTEMS[fileSystem](entries, path('root'), { kept: system.kept });
  };
}
