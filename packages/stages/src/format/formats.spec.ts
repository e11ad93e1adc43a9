import { readFileSync } from 'node:fs';
import { tarOf } from '@nx-linuxkit/testing';
import { readContent, type Tree } from '@nx-linuxkit/tree';
import { TestWorkspace, kernelLayer } from '../__tests__/test-workspace.js';
import { treeOfInitrd, treeOfTar } from '../__tests__/archive-tree.js';

let workspace: TestWorkspace;
const UCODE = '0123456789';

beforeAll(async () => {
  workspace = new TestWorkspace();
  const dtb = { name: './boot/dtb/board.dtb', body: 'device tree' };
  const modules = [{ name: './lib/modules/6/m.ko', body: 'module' }, dtb];
  await workspace.image('kernel', [await kernelLayer(tarOf, [{ name: 'ucode.cpio', body: UCODE }], modules)]);
  await workspace.image('old-kernel', [[{ name: 'bzImage', body: 'old kernel' }]]);
  await workspace.image('init', [[{ name: 'bin/rc.init', body: 'init', mode: 0o755 }]]);
  const yaml = (kernel: string) =>
    `kernel:\n  image: test/${kernel}\n  cmdline: console=x\ninit: [test/init]\n`;
  await workspace.build('os', yaml('kernel').replace('\ninit', '\n  ucode: ucode.cpio\ninit'), [
    'tar',
    'docker',
    'kernel+initrd',
    'tar-kernel-initrd',
  ]);
  await workspace.build('old', `${yaml('old-kernel').replace('\ninit', '\n  tar: none\ninit')}`, [
    'kernel+initrd',
  ]);
});
afterAll(() => workspace.remove());

async function text(tree: Tree, path: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(tree.get(path)!.content!)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

describe('docker', () => {
  it('is the tar and a Dockerfile that starts LinuxKit’s init', async () => {
    const context = await treeOfTar(workspace.output('os', 'docker', 'os.docker'));
    expect((await text(context, 'Dockerfile')).split('\n')).toEqual([
      'FROM scratch',
      'COPY . /',
      'ENTRYPOINT ["/bin/rc.init"]',
      '',
    ]);
    const paths = (tree: Tree) => tree.entries().map(({ path }) => path);
    const tar = await workspace.tar('os');
    expect(paths(context)).toEqual([...paths(tar), 'Dockerfile'].sort());
  });
});

describe('tar-kernel-initrd', () => {
  it('holds the boot files of kernel+initrd, 0644, in LinuxKit’s order', async () => {
    const archive = await treeOfTar(workspace.output('os', 'tar-kernel-initrd', 'os-initrd.tar'));
    const file = (name: string) => readFileSync(workspace.output('os', 'kernel+initrd', name), 'latin1');
    expect(archive.entries().map(({ path, inode }) => [path, inode.mode])).toEqual([
      ['cmdline', 0o644],
      ['initrd.img', 0o644],
      ['kernel', 0o644],
      ['ucode.cpio', 0o644],
    ]);
    expect(await text(archive, 'kernel')).toBe(file('os-kernel'));
    expect(await text(archive, 'initrd.img')).toBe(file('os-initrd.img'));
    expect(await text(archive, 'cmdline')).toBe('console=x');
    expect(await text(archive, 'ucode.cpio')).toBe(UCODE);
  });
});

describe('the kernel’s files', () => {
  it('microcode comes first and uncompressed in an initrd, padded to where an archive may start', async () => {
    const initrd = readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));
    expect(initrd.subarray(0, UCODE.length).toString()).toBe(UCODE);
    expect([...initrd.subarray(UCODE.length, 14)]).toEqual([0, 0, 0x1f, 0x8b]);
  });

  it('device trees lie in the tar, at paths without ./, and not in the initrd', async () => {
    const initrd = readFileSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img'));
    workspace.write('without-ucode.img', initrd.subarray(12));
    const { tree } = await treeOfInitrd(workspace.path('without-ucode.img'));
    expect(tree.get('lib/modules/6/m.ko')).toBeDefined();
    expect(tree.get('boot')?.type).toBe('dir');
    expect(tree.children('boot')).toEqual([]);
    expect((await workspace.tar('os')).children('boot')).toContain('dtb');
  });

  it('the kernel is called bzImage in the oldest kernel images', () => {
    expect(readFileSync(workspace.output('old', 'kernel+initrd', 'old-kernel'), 'utf8')).toBe('old kernel');
  });

  it('a kernel without a command line has no cmdline file, and a missing kernel is named', async () => {
    await workspace.image('empty', [[{ name: 'readme', body: '' }]]);
    const yaml = 'kernel: {image: test/empty, tar: none}\ninit: [test/init]\n';
    await expect(workspace.build('none', yaml, ['kernel+initrd'])).rejects.toMatchObject({
      code: 'no-kernel',
      message: 'the image test/empty has no file kernel or bzImage',
      where: { file: 'none/linuxkit.yml', line: 1 },
    });
  });
});

describe('a kernel beside an init image with another entry named boot', () => {
  const yaml = 'kernel: {image: test/kernel, cmdline: hi}\ninit: [test/init, test/boot]\n';
  const names = ['boot', 'boot/cmdline', 'boot/dtb', 'boot/dtb/board.dtb', 'boot/kernel'];
  const below = (tree: Tree, folder: string) =>
    tree.entries().flatMap(({ path }) => (path === folder || path.startsWith(`${folder}/`) ? [path] : []));

  it.each([
    ['a file', { name: 'boot', type: 'file' as const, body: 'of the image' }],
    ['a symlink that leads nowhere', { name: 'boot', type: 'symlink' as const, linkname: 'nowhere' }],
    ['a symlink to itself', { name: 'boot', type: 'symlink' as const, linkname: 'boot' }],
  ])('%s: the tars have the folder, with a warning; the initrd has it as LinuxKit', async (name, entry) => {
    await workspace.image('boot', [[entry]]);
    const os = name.replaceAll(' ', '-');
    const log = await workspace.build(os, yaml, ['tar', 'docker', 'kernel+initrd']);
    const type = entry.type ?? 'file';
    expect(log.filter((line) => line.startsWith('warning'))[0]).toBe(
      `warning: ${os}/linuxkit.yml: boot is a ${type} of init[1] (docker.io/test/boot); ` +
        "the folder with the kernel's files takes its place",
    );
    for (const tree of [
      await workspace.tar(os),
      await treeOfTar(workspace.output(os, 'docker', `${os}.docker`)),
    ]) {
      expect(below(tree, 'boot')).toEqual(names);
      expect(await text(tree, 'boot/kernel')).toBe('the kernel');
    }
    expect((await workspace.initrd(os)).tree.get('boot')?.type).toBe(type);
  });

  it('a symlink to a folder: the kernel’s files go where it leads', async () => {
    await workspace.image('boot', [
      [
        { name: 'usr/boot/note', body: 'of the image' },
        { name: 'boot', type: 'symlink', linkname: '/usr/boot' },
      ],
    ]);
    const log = await workspace.build('linked', yaml, ['tar', 'kernel+initrd']);
    expect(log.filter((line) => line.startsWith('warning'))).toEqual([]);
    const tree = await workspace.tar('linked');
    expect(tree.get('boot')?.target).toBe('/usr/boot');
    expect(below(tree, 'usr/boot')).toEqual([...names, 'boot/note'].map((path) => `usr/${path}`).sort());
    expect(below((await workspace.initrd('linked')).tree, 'usr/boot')).toEqual(['usr/boot', 'usr/boot/note']);
  });
});
