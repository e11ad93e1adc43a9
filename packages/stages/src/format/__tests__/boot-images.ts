import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoaderName } from '@nx-linuxkit/formats';
import { randomImage, tarOf, type TestEntry } from '@nx-linuxkit/testing';
import { Tree, bytesContent, writeCpio } from '@nx-linuxkit/tree';
import type { TestWorkspace } from '../../__tests__/test-workspace.js';

/** The header of a bzImage (Documentation/arch/x86/boot.rst), and bytes that no loader looks at. */
export function bzImage({ efiStub = true, size = 300_000 } = {}): Buffer {
  const kernel = Buffer.alloc(size, 'kernel code ');
  kernel.fill(0, 0, 0x300);
  kernel.write('HdrS', 0x202, 'latin1');
  kernel.writeUInt16LE(0x20f, 0x206);
  kernel.writeUInt16LE(1, 0x236);
  kernel.writeUInt32LE(2047, 0x238);
  kernel.writeUInt32LE(0x7fffffff, 0x22c);
  if (efiStub) {
    kernel.write('MZ', 0, 'latin1');
    kernel.writeUInt32LE(0x280, 0x3c);
    kernel.write('PE\0\0', 0x280, 'latin1');
  }
  return kernel;
}

/** The start of an Image of arm64 (Documentation/arch/arm64/booting.rst). */
export function arm64Image(): Buffer {
  const kernel = Buffer.alloc(4096, 'kernel code ');
  kernel.write('ARM\x64', 56, 'latin1');
  return kernel;
}

const MODULES: readonly TestEntry[] = [
  {
    name: 'lib/modules/6/modules.dep',
    body: [
      'kernel/fs/squashfs/squashfs.ko:',
      'kernel/fs/erofs/erofs.ko: kernel/lib/libcrc32c.ko',
      'kernel/drivers/md/dm-mod.ko:',
      'kernel/drivers/md/dm-verity.ko: kernel/drivers/md/dm-bufio.ko kernel/drivers/md/dm-mod.ko',
      'kernel/fs/isofs/isofs.ko: kernel/drivers/cdrom/cdrom.ko',
      'kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko',
      'kernel/sound/loud.ko:',
      '',
    ].join('\n'),
  },
  ...[
    'fs/squashfs/squashfs',
    'fs/erofs/erofs',
    'fs/isofs/isofs',
    'drivers/md/dm-mod',
    'drivers/md/dm-bufio',
    'drivers/md/dm-verity',
    'lib/libcrc32c',
    'drivers/cdrom/cdrom',
    'drivers/block/virtio_blk',
    'drivers/virtio/virtio',
    'drivers/virtio/virtio_ring',
    'sound/loud',
  ].map((path) => ({ name: `lib/modules/6/kernel/${path}.ko`, body: `module ${path}` })),
];

/** Where Debian has what the loader images hold. */
const LOADER_FILES: Partial<Record<LoaderName, Record<string, string>>> = JSON.parse(
  readFileSync(join(__dirname, '../__fixtures__/debian-loaders.json'), 'utf8'),
);

/** The microcode of the kernel images, as the kernel wants it: an archive that is not compressed. */
export async function microcode(): Promise<Buffer> {
  const path = 'kernel/x86/microcode/GenuineIntel.bin';
  const inode = { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 } as const;
  const entries = Tree.of([{ path, inode: { ...inode, content: bytesContent('microcode') } }]).entries();
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCpio(entries)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The option `loaders`: images in the workspace by references that the lock pins. */
export const LOADERS = {
  ...Object.fromEntries(Object.keys(LOADER_FILES).map((name) => [name, `test/${name}`])),
  'rootfs-loader': 'test/rootfs-loader',
  'verity-loader': 'test/verity-loader',
} as Readonly<Partial<Record<LoaderName, string>>>;

/** What images of the firmware hold: files of Debian's packages, and others where they belong on the card. */
const FIRMWARE: readonly (readonly [string, string])[] = [
  ['overlays/disable-bt.dtbo', 'overlay'],
  ['usr/lib/linux-image-6.1/broadcom/bcm2711-rpi-4-b.dtb', 'board 4'],
  ['usr/lib/linux-image-6.1/broadcom/bcm2835-rpi-zero.dtb', 'a board of 32 bits'],
  ['usr/lib/linux-image-6.1/broadcom/bcm2837-rpi-3-b.dtb', 'an older one of board 3'],
  ['usr/lib/raspi-firmware/fixup4.dat', 'fixup'],
  ['usr/lib/raspi-firmware/start4.elf', 'start'],
  ['usr/share/doc/raspi-firmware/copyright', 'a licence'],
];

/** `test/kernel` with modules, `test/old-kernel` without the EFI stub, `test/init`, and the loaders' images. */
export async function addBootImages(workspace: TestWorkspace): Promise<void> {
  const kernel = { name: 'kernel.tar', body: await tarOf(MODULES) };
  const ucode = { name: 'ucode.cpio', body: await microcode() };
  await workspace.image('kernel', [[{ name: 'kernel', body: bzImage() }, kernel, ucode]]);
  await workspace.image('old-kernel', [[{ name: 'kernel', body: bzImage({ efiStub: false }) }]]);
  const tagged = { 'SCHILY.xattr.user.tag': 'kept' };
  await workspace.image('init', [
    [
      { name: 'sbin/init', body: 'init', mode: 0o755, pax: tagged },
      { name: 'large', body: 'large '.repeat(200_000) },
    ],
  ]);
  await workspace.image('rootfs-loader', [[{ name: 'init', body: 'switch root', mode: 0o755 }]]);
  await workspace.image('verity-loader', [[{ name: 'init', body: 'set up dm-verity', mode: 0o755 }]]);
  for (const [name, files] of Object.entries(LOADER_FILES)) {
    const entries = Object.entries(files).map(([file, from]) => ({ name: file, body: readFileSync(from) }));
    await workspace.image(name, [entries]);
  }
  const platform = { os: 'linux', architecture: 'arm64' };
  const dtb = { name: 'boot/dtb/broadcom/bcm2837-rpi-3-b.dtb', body: 'device tree' };
  const pi = [
    { name: 'kernel', body: arm64Image() },
    { name: 'kernel.tar', body: await tarOf([dtb]) },
    ucode,
  ];
  workspace.addImage('pi-kernel', await randomImage(1, { layers: [{ entries: pi }], platform }));
  const init = { entries: [{ name: 'init', body: 'init' }] };
  const firmware = [{ entries: FIRMWARE.map(([name, body]) => ({ name, body })) }];
  workspace.addImage('rpi-firmware', await randomImage(1, { layers: firmware, platform }));
  workspace.addImage('pi-init', await randomImage(1, { layers: [init], platform }));
}
