import { compress } from '@nx-linuxkit/deflate';
import { fileEntries } from '@nx-linuxkit/disk';
import { bytesContent, writeCpio, type Content, type Entry } from '@nx-linuxkit/tree';
import type { TestKernel } from './kernel.js';

export const HELLO = 'HELLO-FROM-INIT';

/** Keeps the kernel's messages off the console, so that none of them cuts into a line of the guest. */
export const QUIET_KERNEL = '/bin/busybox dmesg -n 1';

/**
 * Powers off once the console has everything: stty waits until the serial port has sent it. Without it the end of
 * some kilobytes of output is lost on a machine that powers off quickly.
 */
export const POWER_OFF = '/bin/busybox stty sane; /bin/busybox poweroff -f';

/** Says hello and powers off. It prints the kernel's complaint too, because a kernel continues with half an initramfs. */
const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
/bin/busybox dmesg | /bin/busybox grep 'Initramfs unpacking failed'
${QUIET_KERNEL}
echo ${HELLO} $(/bin/busybox cat /proc/cmdline)
${POWER_OFF}
`;

const executable = (entries: Entry[]): Entry[] =>
  entries.map(({ path, inode }) => ({
    path,
    inode: inode.type === 'file' ? { ...inode, mode: 0o755 } : inode,
  }));

/** Returns a root with busybox, an init, and the device nodes that a shell needs. */
export function rootEntries(
  kernel: TestKernel,
  init: string,
  more: Record<string, Buffer | string> = {},
): Entry[] {
  const entries = executable(fileEntries({ 'bin/busybox': kernel.busybox, init, ...more }));
  const directory = entries[0]!.inode;
  for (const path of ['dev', 'proc', 'sys', 'tmp', 'mnt']) entries.push({ path, inode: directory });
  const console = { ...directory, type: 'char' as const, mode: 0o600, device: [5, 1] as const };
  entries.push({ path: 'dev/console', inode: console });
  return entries.sort((a, b) => (a.path < b.path ? -1 : 1));
}

export const helloInitrd = (kernel: TestKernel): Promise<Content> => gzipCpio(rootEntries(kernel, INIT));

/** Modules for a root file system on a virtio disk, in the order in which they load. */
const MODULES = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'virtio_blk',
];

/** Returns an initrd that loads modules, mounts /dev/vda and starts its /sbin/init. */
export function switchRootInitrd(
  kernel: TestKernel,
  fileSystem: string,
  modules: string[],
): Promise<Content> {
  const names = [...MODULES, ...modules];
  const init = `#!/bin/busybox sh
/bin/busybox mount -t devtmpfs dev /dev
for m in ${names.join(' ')}; do /bin/busybox insmod /$m.ko || echo FAILED $m; done
/bin/busybox mount -o ro -t ${fileSystem} /dev/vda /mnt || { ${POWER_OFF}; }
exec /bin/busybox switch_root /mnt /sbin/init
`;
  const files = Object.fromEntries(names.map((name) => [`${name}.ko`, kernel.module(name)]));
  return gzipCpio(rootEntries(kernel, init, files));
}

export async function gzipCpio(entries: Entry[]): Promise<Content> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of compress(writeCpio(entries))) chunks.push(chunk);
  return bytesContent(Buffer.concat(chunks));
}
