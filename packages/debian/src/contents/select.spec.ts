import type { Deb } from '../deb/deb.js';
import { elfFile, moduleFile } from '../__tests__/elf-file.js';
import { treeOf } from '../__tests__/tree-of.js';
import { unitePackages } from './package-set.js';
import type { PackageSet } from './package-set.js';
import { selectFiles } from './select.js';

const AARCH64 = 183;
const LOADER = '/lib64/ld-linux-x86-64.so.2';

/** A C library as Debian has it: the loader in lib64 is a symlink. */
const libc = {
  'lib64/ld-linux-x86-64.so.2': '-> /lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
  'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2': elfFile({}),
  'lib/x86_64-linux-gnu/libc.so.6': elfFile({}),
  'usr/share/doc/libc6/copyright': 'x',
};

const select = async (
  packages: Parameters<typeof set>[0],
  ...wanted: [string, string][]
): Promise<string[]> => {
  const selected = await selectFiles(
    set(packages),
    wanted.map(([name, path]) => ({ package: name, paths: [path] })),
  );
  return [...selected].sort();
};

describe('selectFiles', () => {
  test('the loader is selected as symlink and target', async () => {
    const tool = { 'usr/bin/tool': elfFile({ needed: ['libc.so.6'], interpreter: LOADER }) };
    expect(await select({ tool, libc }, ['tool', '/usr/bin/tool'])).toEqual([
      'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
      'lib/x86_64-linux-gnu/libc.so.6',
      'lib64/ld-linux-x86-64.so.2',
      'usr/bin/tool',
    ]);
  });

  test('libraries are selected with their own libraries, through symlinks', async () => {
    const tool = { 'usr/bin/tool': elfFile({ needed: ['liba.so.1'] }) };
    const libs = {
      'usr/lib/x86_64-linux-gnu/liba.so.1': '-> liba.so.1.2',
      'usr/lib/x86_64-linux-gnu/liba.so.1.2': elfFile({ needed: ['libb.so'] }),
      'lib/x86_64-linux-gnu/libb.so': elfFile({}),
    };
    expect(await select({ tool, libs }, ['tool', '/usr/bin/tool'])).toEqual([
      'lib/x86_64-linux-gnu/libb.so',
      'usr/bin/tool',
      'usr/lib/x86_64-linux-gnu/liba.so.1',
      'usr/lib/x86_64-linux-gnu/liba.so.1.2',
    ]);
  });

  test('RUNPATH with $ORIGIN is searched first', async () => {
    const tool = {
      'opt/tool/bin/tool': elfFile({ needed: ['liba.so'], runpath: '$ORIGIN/../lib' }),
      'opt/tool/lib/liba.so': elfFile({}),
      'usr/lib/liba.so': elfFile({}),
    };
    expect(await select({ tool }, ['tool', '/opt/tool/bin/tool'])).toEqual([
      'opt/tool/bin/tool',
      'opt/tool/lib/liba.so',
    ]);
  });

  test('a library for another machine is ignored', async () => {
    const tool = { 'bin/tool': elfFile({ needed: ['liba.so'] }) };
    const libs = { 'lib/liba.so': elfFile({ machine: AARCH64 }), 'usr/lib/liba.so': elfFile({}) };
    expect(await select({ tool, libs }, ['tool', '/bin/tool'])).toEqual(['bin/tool', 'usr/lib/liba.so']);
  });

  test('a symlink is selected with its target', async () => {
    const tool = { 'usr/bin/runc': '-> ../sbin/runc', 'usr/sbin/runc': 'x' };
    expect(await select({ tool }, ['tool', '/usr/bin/runc'])).toEqual(['usr/bin/runc', 'usr/sbin/runc']);
  });

  test('files that a metapackage lacks are searched in the other packages', async () => {
    expect(await select({ meta: {}, real: { 'boot/vmlinuz-6': 'x' } }, ['meta', '/boot/vmlinuz-*'])).toEqual([
      'boot/vmlinuz-6',
    ]);
  });

  test('a glob that matches files of the package itself selects none of the others', async () => {
    expect(await select({ a: { 'etc/a': '' }, b: { 'etc/b': '' } }, ['a', '/etc/*'])).toEqual(['etc/a']);
  });

  test('kernel modules are selected with the modules of depends and softdep', async () => {
    const root = 'lib/modules/6/kernel';
    const kernel = {
      [`${root}/a.ko`]: moduleFile({ info: ['depends=b-b', 'softdep=pre: c'] }),
      [`${root}/x/b-b.ko`]: moduleFile({ info: ['depends='] }),
      [`${root}/c.ko`]: moduleFile({ info: [] }),
      [`${root}/d.ko`]: moduleFile({ info: [] }),
    };
    expect(await select({ kernel }, ['kernel', `/${root}/a.ko`])).toEqual([
      `${root}/a.ko`,
      `${root}/c.ko`,
      `${root}/x/b-b.ko`,
    ]);
  });

  test('a missing file is an error that names it and the file that needs it', async () => {
    const tool = { 'bin/tool': elfFile({ needed: ['libgone.so'] }) };
    await expect(select({ tool }, ['tool', '/bin/tool'])).rejects.toThrow('/bin/tool needs libgone.so');
    const loaded = { 'bin/tool': elfFile({ interpreter: LOADER }) };
    await expect(select({ loaded }, ['loaded', '/bin/tool'])).rejects.toThrow(`needs the loader ${LOADER}`);
    await expect(select({ tool }, ['tool', '/bin/toool'])).rejects.toThrow(
      'neither tool nor what it depends on has /bin/toool',
    );
  });
});

describe('unitePackages', () => {
  test('two packages with the same file are a conflict', () => {
    expect(() => set({ a: { 'etc/x': '1' }, b: { 'etc/x': '2' } })).toThrow('/etc/x is in both a and b');
  });

  test('with mergedUsr, files of bin and of usr/bin are in usr/bin', () => {
    const { tree } = set({ a: { 'bin/a': 'a' }, b: { 'usr/bin/b': 'b' }, base: { lib: '-> usr/lib' } }, true);
    expect(tree.get('bin')?.target).toBe('usr/bin');
    expect(tree.get('lib')?.target).toBe('usr/lib');
    expect(tree.children('usr/bin')).toEqual(['a', 'b']);
  });
});

function set(packages: Record<string, Parameters<typeof treeOf>[0]>, mergedUsr = false): PackageSet {
  const debs = Object.entries(packages).map(([name, files]): [string, Deb] => [
    name,
    { tree: treeOf(files), close: () => Promise.resolve() },
  ]);
  return unitePackages(new Map(debs), mergedUsr);
}
