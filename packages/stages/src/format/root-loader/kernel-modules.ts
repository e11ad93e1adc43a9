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
  for (const { folder, dependencies } of await releasesOf(tree)) {
    if (!dependencies.has(fileSystem)) continue;
    return modulesOf(tree, folder, dependencies, [...DISK_DRIVERS, ...others, fileSystem]);
  }
  return [];
}

/**
 * The modules of some drivers in the order in which they load. A driver that is no module is left out; `missing` has those that
 * the kernel has not built in either, as far as the root says what it has.
 */
export async function driverModules(
  tree: Tree,
  drivers: readonly string[],
): Promise<{ modules: KernelModule[]; missing: string[] }> {
  const release = (await releasesOf(tree))[0];
  if (!release) return { modules: [], missing: [] };
  const { folder, dependencies } = release;
  const builtIn = new Set((await linesOf(tree, `${folder}/modules.builtin`)).map(moduleName));
  return {
    modules: modulesOf(tree, folder, dependencies, drivers),
    missing: builtIn.size > 0 ? drivers.filter((name) => !dependencies.has(name) && !builtIn.has(name)) : [],
  };
}

/** The modules of one version of a kernel: those that each one needs, by its name. */
interface Release {
  readonly folder: string;
  readonly dependencies: ReadonlyMap<string, readonly string[]>;
}

async function releasesOf(tree: Tree): Promise<Release[]> {
  const home = tree.leadsTo('lib/modules');
  const folders = (home === undefined ? [] : tree.children(home)).map((release) => `${home}/${release}`);
  return Promise.all(
    folders.map(async (folder) => ({ folder, dependencies: await readDependencies(tree, folder) })),
  );
}

function modulesOf(
  tree: Tree,
  folder: string,
  dependencies: Release['dependencies'],
  wanted: readonly string[],
): KernelModule[] {
  const ordered = new Map<string, KernelModule>();
  for (const path of wanted.flatMap((name) => (dependencies.get(name) ?? []).toReversed())) {
    const inode = tree.follow(`${folder}/${path}`);
    if (inode?.type === 'file') ordered.set(moduleName(path), { name: moduleName(path), inode });
  }
  return [...ordered.values()];
}

/** Reads modules.dep: each module with all modules that it needs, those that need nothing last. */
async function readDependencies(tree: Tree, folder: string): Promise<Map<string, string[]>> {
  return new Map(
    (await linesOf(tree, `${folder}/modules.dep`))
      .filter((line) => line.includes(':'))
      .map((line): [string, string[]] => {
        const [path, needs] = line.split(':') as [string, string];
        return [moduleName(path), [path, ...needs.split(' ').filter(Boolean)]];
      }),
  );
}

async function linesOf(tree: Tree, path: string): Promise<string[]> {
  const content = tree.get(path)?.content;
  const text = content ? (await readBytes(content, 0, content.size)).toString('utf8') : '';
  return text.split('\n').filter((line) => line !== '');
}

function moduleName(path: string): string {
  return path
    .replace(/^.*\//, '')
    .replace(/\.ko(\.\w+)?$/, '')
    .replaceAll('-', '_');
}
