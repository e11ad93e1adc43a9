import type { Inode, Tree } from '@nx-linuxkit/tree';
import { readBytes } from '../kernel/read-bytes.js';

/** A kernel module. */
export interface KernelModule {
  /** With underscores, as the kernel spells it. */
  readonly name: string;
  readonly inode: Inode;
}

/**
 * Drivers for the disk controllers of QEMU and of clouds. A driver that the kernel lacks or has built in is left out.
 */
const DISK_DRIVERS = [
  ...['virtio_pci', 'virtio_mmio', 'virtio_blk', 'virtio_scsi'],
  ...['sd_mod', 'sr_mod', 'ata_piix', 'ahci', 'nvme'],
  ...['hv_storvsc', 'xen_blkfront', 'vmw_pvscsi'],
];

/**
 * The modules that a kernel needs to mount a file system from a disk, in the order in which they load; `others` are those of
 * what lies between them. Empty where the file system is built in: LinuxKit's kernels have the disk drivers built in then
 * too.
 */
export async function rootModules(
  tree: Tree,
  fileSystem: string,
  others: readonly string[] = [],
): Promise<KernelModule[]> {
  const home = tree.leadsTo('lib/modules');
  for (const release of home === undefined ? [] : tree.children(home)) {
    const folder = `${home}/${release}`;
    const dependencies = await readDependencies(tree, folder);
    if (!dependencies.has(fileSystem)) continue;
    const ordered = new Map<string, KernelModule>();
    for (const wanted of [...DISK_DRIVERS, ...others, fileSystem]) {
      const paths = dependencies.get(wanted) ?? [];
      for (const path of paths.toReversed()) {
        const inode = tree.follow(`${folder}/${path}`);
        if (inode?.type === 'file') ordered.set(moduleName(path), { name: moduleName(path), inode });
      }
    }
    return [...ordered.values()];
  }
  return [];
}

/** Reads modules.dep: each module with all modules that it needs, those that need nothing last. */
async function readDependencies(tree: Tree, folder: string): Promise<Map<string, string[]>> {
  const content = tree.get(`${folder}/modules.dep`)?.content;
  const lines = content ? (await readBytes(content, 0, content.size)).toString('utf8').split('\n') : [];
  return new Map(
    lines
      .filter((line) => line.includes(':'))
      .map((line): [string, string[]] => {
        const [path, needs] = line.split(':') as [string, string];
        return [moduleName(path), [path, ...needs.split(' ').filter(Boolean)]];
      }),
  );
}

function moduleName(path: string): string {
  return path
    .replace(/^.*\//, '')
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
