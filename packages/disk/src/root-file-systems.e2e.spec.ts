import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Entry } from '@nx-linuxkit/tree';
import { inodeOf, sampleTree } from './__tests__/sample-tree.js';
import { lyingContent, noise, run, scratch } from './__tests__/tools.js';
import { fileEntries } from './file-entries.js';
import { ROOT_FILE_SYSTEMS, type RootFileSystem } from './root-file-systems.js';
import { writeSquashfs } from './squashfs/writer.js';

const dir = scratch();

/** How an independent tool checks a file system and extracts its regular files. */
const ORACLES: Record<RootFileSystem, (path: string, to: string) => void> = {
  squashfs: (path, to) =>
    run(
      'unsquashfs',
      '-n',
      '-no-xattrs',
      '-d',
      to,
      path,
      'many',
      'large',
      'sparse',
      'hard1',
      'usr',
      'shared1',
      'shared2',
    ),
  erofs: (path, to) => run('fsck.erofs', `--extract=${to}`, path),
  iso9660: (path, to) => run('xorriso', '-osirrox', 'on', '-indev', `stdio:${path}`, '-extract', '/', to),
};

describe.each(Object.keys(ROOT_FILE_SYSTEMS) as RootFileSystem[])('%s', (name) => {
  const write = ROOT_FILE_SYSTEMS[name];

  test('gives back the bytes of every file', async () => {
    const path = join(dir, `${name}.img`);
    const out = join(dir, `${name}.d`);
    await write(sampleTree(), path);
    ORACLES[name](path, out);
    const content = (file: string): Buffer => readFileSync(join(out, file));
    expect(content('large').equals(noise(1_000_003, 'large'))).toBe(true);
    expect(content('usr/sbin/copy-of-large').equals(noise(1_000_003, 'large'))).toBe(true);
    expect(content('sparse').equals(Buffer.concat([Buffer.alloc(400_000), Buffer.from('end')]))).toBe(true);
    expect(content('hard1').toString()).toBe('hard linked\n');
    expect(content('shared1/a').toString()).toBe('in one');
    expect(content('shared2/b').toString()).toBe('in the other');
    expect(readdirSync(join(out, 'many'))).toHaveLength(700);
    for (const i of [0, 1, 234, 699]) expect(content(`many/file-${i}`).toString()).toBe(`${i}`);
  });

  test('has the same bytes each time, and no other file is left', async () => {
    const place = join(dir, `${name}.twice`);
    mkdirSync(place);
    for (const file of ['one', 'two']) await write(sampleTree(), join(place, file));
    expect(readFileSync(join(place, 'one')).equals(readFileSync(join(place, 'two')))).toBe(true);
    expect(readdirSync(place)).toEqual(['one', 'two']);
  });

  test('can hold an empty tree', async () => {
    const path = join(dir, `${name}.empty`);
    await write([], path);
    expect(statSync(path).size % 2048).toBe(0);
  });

  test('a source that ends early leaves no file', async () => {
    const place = join(dir, `${name}.failed`);
    mkdirSync(place);
    const content = lyingContent('1234', 500_000);
    await expect(
      write([{ path: 'f', inode: inodeOf('file', 0o644, { content }) }], join(place, 'x')),
    ).rejects.toThrow(expect.objectContaining({ code: 'short-content' }));
    expect(readdirSync(place)).toEqual([]);
  });
});

describe('squashfs', () => {
  const listing = async (entries: Entry[], file: string): Promise<string> => {
    const path = join(dir, file);
    await writeSquashfs(entries, path);
    return run('unsquashfs', '-lln', path).replace(/.*\/many\/.*\n/g, '');
  };

  test('keeps types, modes, owners, times, devices and targets', async () => {
    const text = await listing(sampleTree(), 'metadata.sqfs');
    expect(text).toMatch(/^-rwsr-xr-x 0\/0 +5 2020-01-02 03:04 squashfs-root\/bin\/su$/m);
    expect(text).toMatch(/^crw-rw-rw- 0\/0 +1, +3 2020-01-02 03:04 squashfs-root\/dev\/null$/m);
    // unsquashfs shows minor numbers above 255 wrong; the boot tests check the kernel's view.
    expect(text).toMatch(/^brw-r----- 0\/6 .*squashfs-root\/dev\/nvme0n1$/m);
    expect(text).toMatch(/^prw------- .*squashfs-root\/dev\/initctl$/m);
    expect(text).toMatch(/^lrwxrwxrwx .*squashfs-root\/sbin -> usr\/sbin$/m);
    expect(text).toMatch(/^drwxrwxrwt .*squashfs-root\/tmp$/m);
    expect(text).toMatch(new RegExp(`^-rw-r--r-- 70000/4000000 .*squashfs-root/${'n'.repeat(253)}$`, 'm'));
    expect(text).toMatch(/squashfs-root\/hard1$/m);
  });

  test('stores equal files once, whatever source they come from', async () => {
    const twice = fileEntries({
      a: noise(500_000, 'x'),
      b: Buffer.from(noise(500_000, 'x')),
      c: 'small',
      d: 'small',
    });
    const once = fileEntries({ a: noise(500_000, 'x'), c: 'small' });
    await writeSquashfs(twice, join(dir, 'twice.sqfs'));
    await writeSquashfs(once, join(dir, 'once.sqfs'));
    expect(statSync(join(dir, 'twice.sqfs')).size).toBe(statSync(join(dir, 'once.sqfs')).size);
    run('unsquashfs', '-d', join(dir, 'twice.d'), join(dir, 'twice.sqfs'));
    expect(readFileSync(join(dir, 'twice.d/b')).equals(noise(500_000, 'x'))).toBe(true);
    expect(readFileSync(join(dir, 'twice.d/d')).toString()).toBe('small');
  });

  test('is about as small as with mksquashfs', async () => {
    // The files are a program and texts, as in a real root.
    const program = readFileSync(process.execPath).subarray(0, 3 << 20);
    const text = (i: number): Buffer => program.subarray(i * 9000, i * 9000 + 500 + i * 37);
    const files: Record<string, Buffer> = { program };
    for (let i = 0; i < 200; i++) files[`share/${i}`] = text(i);
    const tree = join(dir, 'tree');
    mkdirSync(join(tree, 'share'), { recursive: true });
    for (const [name, bytes] of Object.entries(files)) writeFileSync(join(tree, name), bytes);
    await writeSquashfs(fileEntries(files), join(dir, 'ours.sqfs'));
    run('mksquashfs', tree, join(dir, 'theirs.sqfs'), '-quiet', '-no-progress', '-processors', '2');
    expect(statSync(join(dir, 'ours.sqfs')).size).toBeLessThan(
      statSync(join(dir, 'theirs.sqfs')).size * 1.05,
    );
  });

  test.each([
    ['a block size that is not a power of two', [], { blockSize: 100_000 }, 'bad-option'],
    ['a name of 257 bytes', fileEntries({ ['n'.repeat(257)]: '' }), {}, 'bad-name'],
    [
      'an ACL',
      [
        {
          path: 'f',
          inode: inodeOf('file', 0o644, { xattrs: new Map([['system.posix_acl_access', Buffer.alloc(4)]]) }),
        },
      ],
      {},
      'unsupported-entry',
    ],
    [
      'a device number beyond 20 bits',
      [{ path: 'd', inode: inodeOf('block', 0o600, { device: [1, 2 ** 20] }) }],
      {},
      'unsupported-entry',
    ],
  ] as [string, Entry[], object, string][])('refuses %s', async (_, entries, options, code) => {
    await expect(writeSquashfs(entries, join(dir, 'refused'), options)).rejects.toThrow(
      expect.objectContaining({ code }),
    );
  });
});

test('erofs keeps types, modes and owners', async () => {
  const path = join(dir, 'metadata.erofs');
  await ROOT_FILE_SYSTEMS.erofs(sampleTree(), path);
  const stat = (file: string): string => run('dump.erofs', `--path=${file}`, path);
  expect(run('dump.erofs', path)).toMatch(/Filesystem inode count: +728/);
  expect(stat('/bin/su')).toMatch(/Uid: 0 +Gid: 0 +Access: 0755/);
  expect(stat('/hard2')).toMatch(/Links: 2[^]*Uid: 1000 +Gid: 1001/);
  expect(stat('/hard2')).toMatch(/2020-01-02 03:04:05/);
});
