import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest, mediumOf } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';
import { layoutOf, randomImage, tarOf, type TestEntry } from '@nx-linuxkit/testing';
import { readContent, type Inode, type Tree } from '@nx-linuxkit/tree';
import { treeOfTar } from '../packages/stages/src/__tests__/archive-tree.js';
import { testKernel } from './disk-boot/kernel.js';

const dir = (name: string, mode = 0o755): TestEntry => ({ name: `${name}/`, type: 'directory', mode });
const file = (name: string, body: string | Uint8Array, mode = 0o644): TestEntry => ({ name, body, mode });

/** Prints each entry of its root: path, mode with type, owner, group, size, time, target and checksum. */
const INIT = `#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
cd /
$b find . -xdev | $b sort | while read -r p; do
  case $p in ./proc*|./dev*|./root|.) continue ;; esac
  sum=-; [ -f "$p" ] && [ ! -L "$p" ] && sum=$($b md5sum "$p" | $b cut -d' ' -f1)
  target=-; [ -L "$p" ] && target=$($b readlink "$p")
  echo "T $($b stat -c '%n|%f|%u|%g|%s|%Y' "$p")|$target|$sum"
done
echo "END-OF-TREE"
$b poweroff -f
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
    kernel: await randomImage(1, one([file('kernel', kernel, 0o755), file('kernel.tar', modules)])),
    first: await randomImage(2, {
      layers: [
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
          ],
        },
        { entries: [file('late', 'from the upper layer'), dir('usr', 0o711)] },
      ],
    }),
    second: await randomImage(3, {
      ...one([
        file('links/one', 'one alone now'),
        file('was-dir', 'a file over a directory'),
        dir('was-file'),
        file('was-file/child', 'a directory over a file'),
        dir('lib'),
        file('lib/second.so', 'through the symlink'),
        file('empty', ''),
      ]),
    }),
  };
}

const YAML = `kernel:
  image: kernel
  cmdline: console=ttyS0 quiet panic=-1
init: [first, second]
files:
  - {path: var/run/x, contents: made, mode: "0640", uid: 7}
`;

async function linesOf(tree: Tree): Promise<string[]> {
  const types: Record<Inode['type'], number> = {
    ...{ fifo: 1, char: 2, dir: 4, block: 6, file: 8, symlink: 10 },
  };
  const lines: string[] = [];
  for (const { path, inode } of tree.entries()) {
    if (path === '' || path.startsWith('boot/') || /^(proc|dev|root)(\/|$)/.test(path)) continue;
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

/** Returns the lines of the guest, without size and time of directories. */
function linesOfGuest(console: string): string[] {
  return console
    .split('\n')
    .filter((line) => line.startsWith('T '))
    .map((line) => line.slice(2).split('|'))
    .map((fields) =>
      fields[1].startsWith('4') ? [...fields.slice(0, 4), '', '', ...fields.slice(6)] : fields,
    )
    .map((fields) => fields.join('|'))
    .sort();
}

describe.each(['gzip', 'zstd', 'none'] as const)('a booted guest has the merged tree (%s)', (compressor) => {
  let workspace: string;
  let guest: string[];
  let merged: Tree;

  beforeAll(async () => {
    workspace = mkdtempSync(join(tmpdir(), 'nx-linuxkit-merge-'));
    mkdirSync(join(workspace, 'os'));
    writeFileSync(join(workspace, 'os/linuxkit.yml'), YAML);
    const made = await images();
    for (const [name, image] of Object.entries(made)) layoutOf(image, join(workspace, 'images', name));
    const map = Object.fromEntries(Object.keys(made).map((name) => [name, `oci:images/${name}`]));
    const environment = openEnvironment(workspace, { images: map, store: 'store', compressor });
    const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
    const formats = ['kernel+initrd', 'tar'];
    await build(environment, { os, formats, frozen: false, lockCommand: '' }, () => undefined);
    merged = await treeOfTar(join(workspace, 'dist/os/tar/os.tar'));
    const { console } = await bootTest({
      medium: mediumOf('kernel+initrd', join(workspace, 'dist/os/kernel+initrd/os')) as never,
      memory: 384,
      expect: ['END-OF-TREE'],
      timeout: 120,
    });
    guest = linesOfGuest(console);
  }, 200_000);
  afterAll(() => rmSync(workspace, { recursive: true, force: true }));

  test('path, type, mode, owner, size, time, target and content of every entry', async () => {
    expect(guest).toEqual(await linesOf(merged));
  });

  test('lib/modules and another image’s lib/ lie behind the symlink lib -> usr/lib', () => {
    const paths = guest.map((line) => line.split('|')[0]);
    expect(paths).toEqual(
      expect.arrayContaining(['./usr/lib/modules/a.ko', './usr/lib/second.so', './usr/lib/libc.so', './lib']),
    );
    expect(paths.filter((path) => path.startsWith('./lib/'))).toEqual([]);
  });

  test('a hard link whose other name is overridden keeps its bytes', () => {
    const sum = (text: string) => createHash('md5').update(text).digest('hex');
    expect(guest.find((line) => line.startsWith('./links/one|'))).toContain(sum('one alone now'));
    expect(guest.find((line) => line.startsWith('./links/two|'))).toContain(sum('shared by two names'));
  });

  test('a file replaces a directory, and a directory a file', () => {
    expect(guest.find((line) => line.startsWith('./was-dir|'))).toContain('|81a4|');
    expect(guest.some((line) => line.startsWith('./was-dir/'))).toBe(false);
    expect(guest.some((line) => line.startsWith('./was-file/child|'))).toBe(true);
  });
});
