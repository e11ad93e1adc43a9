import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TarIndexer } from '@nx-linuxkit/tree';
import { listing, treeOf } from '../__tests__/tree-of.js';
import { packArchives } from './archives.js';
import { contentsFor, readBuild } from './build.js';
import { unitePackages } from './package-set.js';
import { withScratch } from './scratch.js';
import { buildTree } from './tree.js';

describe('buildTree', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'package-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Builds a tree from two packages: all files of `whole`, and the selected files of `part`. */
  const build = async (
    contents: string,
    whole: Files = {},
    part: Files = {},
  ): Promise<Record<string, string>> => {
    const spec = contentsFor(
      readBuild(`image: x\ncontents:\n${contents.replace(/^/gm, '  ')}`, 'build.yml'),
      'amd64',
    );
    const close = () => Promise.resolve();
    const set = unitePackages(
      new Map([
        ['whole', { tree: treeOf(whole), close }],
        ['part', { tree: treeOf(part), close }],
      ]),
      spec.mergedUsr,
    );
    const pinned = { version: '1', path: 'pool/x.deb', sha256: '', size: 0, why: '' };
    const packages = { whole: { ...pinned, whole: true }, part: pinned };
    const tree = await buildTree(spec, set, { selection: '', packages }, folder);
    return withScratch(async (scratch) => {
      await packArchives(tree, spec.archives, scratch);
      return listing(tree);
    });
  };

  test('binaries: adds the named files of a package, with their directories', async () => {
    const files = await build(
      'binaries: [{package: part, paths: [/opt/b]}]',
      { 'etc/a': 'a' },
      { 'opt/b': 'b', 'opt/c': 'c' },
    );
    expect(Object.keys(files)).toEqual(['etc', 'etc/a', 'opt', 'opt/b']);
  });

  test('exclude: leaves out the paths that a glob matches', async () => {
    const files = await build('exclude: [a-package, "/usr/share/**"]', {
      'usr/share/doc/x': '',
      'usr/bin/y': '',
    });
    expect(Object.keys(files)).toEqual(['usr', 'usr/bin', 'usr/bin/y', 'usr/share']);
  });

  test('packages: adds empty directories too', async () => {
    const files = await build('packages: [whole]', { 'var/lib/whole/': '' }, { 'var/lib/part/': '' });
    expect(Object.keys(files)).toEqual(['var', 'var/lib', 'var/lib/whole']);
  });

  test('files: adds contents, directories and sources with modes and owners', async () => {
    await mkdir(join(folder, 'files/sub'), { recursive: true });
    await writeFile(join(folder, 'files/script'), '#!/bin/sh\n', { mode: 0o600 });
    await writeFile(join(folder, 'files/sub/data'), 'data', { mode: 0o777 });
    const files = await build(`
files:
  - {path: /etc/motd, contents: hello, mode: '0600', uid: web, gid: 7}
  - {path: /var/empty, directory: true, mode: '0711'}
  - {path: /opt, source: files}
users: [{name: web, uid: 33, gid: 33}]`);
    expect(files).toMatchObject({
      'etc/motd': 'file 600 33:7 hello',
      'var/empty': 'dir 711 0:0',
      opt: 'dir 755 0:0',
      'opt/script': 'file 755 0:0 #!/bin/sh\n',
      'opt/sub/data': 'file 644 0:0 data',
    });
  });

  test('files: adds a file of a package under another name', async () => {
    const files = await build(
      'files: [{path: /kernel, package: part, from: "/boot/vmlinuz-*"}]',
      {},
      { 'boot/vmlinuz-6': 'k' },
    );
    expect(files).toEqual({ kernel: 'file 644 0:0 k' });
  });

  test('files: `from` must name one file', async () => {
    const part = { 'boot/vmlinuz-5': '', 'boot/vmlinuz-6': '' };
    await expect(
      build('files: [{path: /k, package: part, from: "/boot/vmlinuz-*"}]', {}, part),
    ).rejects.toThrow('names 2 files');
  });

  test.each(['../secret', '/etc/passwd', 'files/../../x'])(
    'files: a source outside of the folder is refused: %s',
    async (source) => {
      await expect(build(`files: [{path: /x, source: ${source}}]`)).rejects.toThrow(
        "leads out of the package's folder",
      );
    },
  );

  test('links, users and groups: adds symlinks, /etc/passwd and /etc/group', async () => {
    const files = await build(`
links: {/etc/a: ../b}
users: [{name: web, uid: 33, gid: 33, home: /var/www}]
groups: [{name: web, gid: 33, members: [a, b]}]`);
    expect(files['etc/a']).toBe('symlink 777 0:0 -> ../b');
    expect(files['etc/passwd']).toBe(
      'file 644 0:0 root:x:0:0:root:/root:/bin/sh\nweb:x:33:33:web:/var/www:/usr/sbin/nologin\n',
    );
    expect(files['etc/group']).toBe('file 644 0:0 root:x:0:\nweb:x:33:a,b\n');
  });

  test('owners: changes the files that a glob matches, but not the mode of symlinks', async () => {
    const files = await build('owners: [{path: "/srv/*", uid: 5, gid: 6, mode: "0640"}]', {
      'srv/a': 'a',
      'srv/b': '-> a',
    });
    expect(files).toMatchObject({ 'srv/a': 'file 640 5:6 a', 'srv/b': 'symlink 777 5:6 -> a' });
    await expect(build('owners: [{path: /gone, uid: 5}]')).rejects.toThrow('nothing matches /gone');
    await expect(build('files: [{path: /x, uid: nobody}]')).rejects.toThrow('no user nobody');
  });

  test('concatenate: replaces files by one that joins them in the order of their paths', async () => {
    const files = await build('concatenate: [{path: /all, from: ["/crt/*.crt"]}]', {
      'crt/b.crt': 'B\n',
      'crt/a.crt': 'A\n',
      'crt/c.txt': 'C',
    });
    expect(files).toMatchObject({ all: 'file 644 0:0 A\nB\n', 'crt/c.txt': 'file 644 0:0 C' });
    expect(Object.keys(files)).toEqual(['all', 'crt', 'crt/c.txt']);
  });

  test('applets: adds symlinks where no file is, and refuses names that the binary lacks', async () => {
    await writeFile(join(folder, 'applets'), '/bin/ls\n/bin/cat\n');
    const yaml = 'applets: {binary: /bin/busybox, source: applets}';
    const files = await build(yaml, { 'bin/busybox': '\0cat\0ls\0', 'bin/cat': 'real' });
    expect(files).toMatchObject({
      'bin/cat': 'file 644 0:0 real',
      'bin/ls': 'symlink 777 0:0 -> /bin/busybox',
    });
    await expect(build(yaml, { 'bin/busybox': '\0cat\0' })).rejects.toThrow('/bin/busybox has no applet ls');
  });

  test('archives: replaces files by a tar that holds them', async () => {
    const files = await build('archives: [{path: /kernel.tar, from: ["/lib/modules/**"]}]', {
      'lib/modules/6/a.ko': 'a',
      kernel: 'k',
    });
    expect(Object.keys(files)).toEqual(['kernel', 'kernel.tar']);
    const indexer = new TarIndexer();
    indexer.write(Buffer.from(files['kernel.tar'].slice('file 644 0:0 '.length)));
    expect(indexer.end().map(({ path }) => path)).toEqual([
      'lib',
      'lib/modules',
      'lib/modules/6',
      'lib/modules/6/a.ko',
    ]);
  });
});

type Files = Parameters<typeof treeOf>[0];
