import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';
import { layoutOf, randomImage, tarOf, type TestEntry } from '@nx-linuxkit/testing';
import { bytesContent, readContent, Tree, writeCpio, type Inode } from '@nx-linuxkit/tree';
import { treeOfTar } from '../../packages/stages/src/__tests__/archive-tree.js';
import { POWER_OFF, QUIET_KERNEL } from '../disk-boot/initrd.js';
import { testKernel } from '../disk-boot/kernel.js';

const dir = (name: string, mode = 0o755): TestEntry => ({ name: `${name}/`, type: 'directory', mode });
const file = (name: string, body: string | Uint8Array, mode = 0o644): TestEntry => ({ name, body, mode });

/** A layer that two init images share, and that the service has in its own folder, with links. */
const BASE: readonly TestEntry[] = [
  dir('base'),
  file('base/one', 'of the base '.repeat(500)),
  { name: 'base/two', type: 'link', linkname: 'base/one' },
  file('base/three', 'three'),
];

/** Where the kernel looks for microcode, in an archive of its own. */
export const MICROCODE = 'kernel/x86/microcode/GenuineIntel.bin';

/** An uncompressed archive whose size is no multiple of the microcode's. */
async function microcode(): Promise<Buffer> {
  const tree = new Tree();
  const metadata = { mode: 0o644, uid: 0, gid: 0, mtime: 1 };
  tree.set(MICROCODE, { type: 'file', ...metadata, content: bytesContent('no microcode at all') });
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeCpio(tree.entries())) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Prints each entry of its root: path, mode with type, owner, group, size, time, target and checksum. */
const INIT = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
${QUIET_KERNEL}
cd /
$b find . -xdev | $b sort | while read -r p; do
  case $p in ./proc*|./dev*|./root|./kernel*|.) continue ;; esac
  sum=-; [ -f "$p" ] && [ ! -L "$p" ] && sum=$($b md5sum "$p" | $b cut -d' ' -f1)
  target=-; [ -L "$p" ] && target=$($b readlink "$p")
  echo "T $($b stat -c '%n|%f|%u|%g|%s|%Y' "$p")|$target|$sum"
done
echo "END-OF-TREE"
${POWER_OFF}
`;

/** Returns images whose trees depend on each other in all ways that are known to confuse the kernel's unpacker. */
async function images(): Promise<Record<string, Awaited<ReturnType<typeof randomImage>>>> {
  const { kernel, busybox } = testKernel();
  const modules = await tarOf([
    dir('lib'),
    dir('lib/modules'),
    file('lib/modules/modules.dep', 'a.ko: b.ko\n'),
    file('lib/modules/a.ko', 'module a'),
  ]);
  const one = (entries: readonly TestEntry[]) => ({ layers: [{ entries }] });
  return {
    kernel: await randomImage(
      1,
      one([
        file('kernel', kernel, 0o755),
        file('kernel.tar', modules),
        file('ucode.cpio', await microcode()),
      ]),
    ),
    first: await randomImage(2, {
      layers: [
        { entries: BASE },
        {
          entries: [
            dir('usr'),
            dir('usr/lib'),
            { name: 'lib', type: 'symlink', linkname: 'usr/lib' },
            file('usr/lib/libc.so', 'the library'),
            dir('bin'),
            file('bin/busybox', busybox, 0o755),
            file('init', INIT, 0o755),
            dir('links', 0o750),
            file('links/one', 'shared by two names'),
            { name: 'links/two', type: 'link', linkname: 'links/one' },
            dir('was-dir'),
            file('was-dir/child', 'gone'),
            file('was-file', 'gone too'),
            file('suid', 'set', 0o4755),
            dir('nodes'),
            { name: 'nodes/null', type: 'character-device', mode: 0o666, device: [1, 3] },
            { name: 'nodes/fifo', type: 'fifo' },
          ],
        },
        { entries: [file('late', 'from the upper layer'), dir('usr', 0o711)] },
      ],
    }),
    second: await randomImage(3, {
      layers: [
        { entries: BASE },
        {
          entries: [
            file('links/one', 'one alone now'),
            file('was-dir', 'a file over a directory'),
            dir('was-file'),
            file('was-file/child', 'a directory over a file'),
            dir('lib'),
            file('lib/second.so', 'through the symlink'),
            file('empty', ''),
            { name: 'empty-twin', type: 'link', linkname: 'empty' },
          ],
        },
      ],
    }),
    service: await randomImage(
      4,
      one([file('etc/hosts', 'its own'), file('bin/tool', 'tool '.repeat(99), 0o755), ...BASE]),
    ),
  };
}

const yamlOf = (ucode: boolean) => `kernel:
  image: kernel
  cmdline: console=ttyS0 quiet panic=-1
  ucode: ${ucode ? 'ucode.cpio' : 'none'}
init: [first, second]
services: [{name: web, image: service, readonly: true}]
files:
  - {path: var/run/x, contents: made, mode: "0640", uid: 7}
`;

/** A line for each entry of a tree: path, mode with type, owner, group, size, time, target and checksum. */
export async function linesOf(tree: Tree): Promise<string[]> {
  const types: Record<Inode['type'], number> = {
    ...{ fifo: 1, char: 2, dir: 4, block: 6, file: 8, symlink: 10 },
  };
  const lines: string[] = [];
  for (const { path, inode } of tree.entries()) {
    if (path === '' || path.startsWith('boot/') || /^(proc|dev|root|kernel)(\/|$)/.test(path)) continue;
    const hash = createHash('md5');
    if (inode.content) for await (const chunk of readContent(inode.content)) hash.update(chunk);
    const mode = inode.type === 'symlink' ? 0o777 : inode.mode;
    const size = inode.type === 'file' ? (inode.content?.size ?? 0) : (inode.target?.length ?? 0);
    lines.push(
      [
        `./${path}`,
        (types[inode.type] * 0x1000 + mode).toString(16),
        inode.uid,
        inode.gid,
        // The file system decides size and time of a directory.
        inode.type === 'dir' ? '' : size,
        inode.type === 'dir' ? '' : inode.mtime,
        inode.target ?? '-',
        inode.type === 'file' ? hash.digest('hex') : '-',
      ].join('|'),
    );
  }
  return lines.sort();
}

/** A built system whose images overlap, and the tree that it must unpack to. */
export interface MergedSystem {
  /** Remove it at the end. */
  readonly workspace: string;
  /** Path of the files of kernel+initrd, without `-kernel` or `-initrd.img`. */
  readonly prefix: string;
  readonly tree: Tree;
}

export async function buildMerged(
  compressor: 'gzip' | 'zstd' | 'none',
  { ucode }: { ucode: boolean },
): Promise<MergedSystem> {
  const workspace = mkdtempSync(join(tmpdir(), 'nx-linuxkit-merged-'));
  mkdirSync(join(workspace, 'os'));
  writeFileSync(join(workspace, 'os/linuxkit.yml'), yamlOf(ucode));
  const made = await images();
  for (const [name, image] of Object.entries(made)) layoutOf(image, join(workspace, 'images', name));
  const map = Object.fromEntries(Object.keys(made).map((name) => [name, `oci:images/${name}`]));
  const environment = openEnvironment(workspace, { images: map, store: 'store', compressor });
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const formats = ['kernel+initrd', 'tar'];
  await build(environment, { os, formats, frozen: false, lockCommand: '' }, () => undefined);
  return {
    workspace,
    prefix: join(workspace, 'dist/os/kernel+initrd/os'),
    tree: await treeOfTar(join(workspace, 'dist/os/tar/os.tar')),
  };
}
