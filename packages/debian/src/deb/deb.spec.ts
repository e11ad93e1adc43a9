import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { arFile, debFile } from '../__tests__/deb-file.js';
import { debStore } from '../__tests__/deb-store.js';
import { collect, pieces } from '../__tests__/bytes.js';
import { listing } from '../__tests__/tree-of.js';
import { arMembers } from './ar.js';
import { openDeb } from './deb.js';

describe('openDeb', () => {
  const { folder, store, put } = debStore();

  test.each(['none', 'gzip', 'xz', 'zstd'])('reads what dpkg-deb packs with %s', async (compression) => {
    const root = join(folder, compression);
    mkdirSync(join(root, 'DEBIAN'), { recursive: true });
    writeFileSync(
      join(root, 'DEBIAN/control'),
      'Package: x\nVersion: 1\nArchitecture: all\nMaintainer: x\nDescription: x\n',
    );
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    writeFileSync(join(root, 'usr/bin/tool'), '#!/bin/sh\n', { mode: 0o755 });
    linkSync(join(root, 'usr/bin/tool'), join(root, 'usr/bin/twin'));
    symlinkSync('tool', join(root, 'usr/bin/link'));
    writeFileSync(join(root, 'usr/large'), 'large '.repeat(50_000));
    const file = join(folder, `${compression}.deb`);
    execFileSync('dpkg-deb', [`-Z${compression}`, '--root-owner-group', '--build', root, file], {
      stdio: 'ignore',
    });
    const deb = await openDeb(store, await put(readFileSync(file)));
    expect(await listing(deb.tree)).toEqual({
      usr: 'dir 755 0:0',
      'usr/bin': 'dir 755 0:0',
      'usr/bin/link': 'symlink 777 0:0 -> tool',
      'usr/bin/tool': 'file 755 0:0 #!/bin/sh\n',
      'usr/bin/twin': 'file 755 0:0 #!/bin/sh\n',
      'usr/large': `file 644 0:0 ${'large '.repeat(50_000)}`,
    });
    expect(deb.tree.get('usr/bin/twin')).toBe(deb.tree.get('usr/bin/tool'));
    await deb.close();
  });

  test('decompresses a .deb once', async () => {
    const digest = await put(await debFile({ 'a/': '', 'a/b': 'c' }));
    await (await openDeb(store, digest)).close();
    rmSync(store.blobPath(digest), { force: true });
    const again = await openDeb(store, digest);
    expect(again.tree.get('a/b')?.type).toBe('file');
    await again.close();
  });

  test.each([
    ['no data.tar', arFile({ 'debian-binary': Buffer.from('2.0\n') }), 'has no data.tar'],
    [
      'two of them',
      arFile({ 'data.tar': Buffer.alloc(1024), 'data.tar.gz': gzipSync(Buffer.alloc(1024)) }),
      'two data.tar',
    ],
    [
      'unknown compression',
      arFile({ 'data.tar.lzma': Buffer.alloc(10) }),
      'unknown compression: data.tar.lzma',
    ],
    ['other bytes than an ar archive', Buffer.from('<html>'), 'is not an ar archive'],
  ])('refuses a .deb with %s', async (_, bytes, message) => {
    await expect(openDeb(store, await put(bytes))).rejects.toThrow(message);
  });

  test.each([
    ['gz', (plain: Buffer) => gzipSync(plain)],
    ['xz', (plain: Buffer) => execFileSync('xz', ['-c'], { input: plain })],
  ])('refuses data.tar.%s that is cut short, and one with damage', async (suffix, compress) => {
    const whole = compress(Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * i) % 251)));
    const wrong = Buffer.from(whole);
    wrong.fill(0xff, whole.length >> 1, (whole.length >> 1) + 40);
    for (const data of [whole.subarray(0, whole.length - 20), wrong]) {
      await expect(openDeb(store, await put(arFile({ [`data.tar.${suffix}`]: data })))).rejects.toMatchObject(
        {
          code: 'bad-format',
        },
      );
    }
  });

  test('an error of the store stays what it is', async () => {
    const digest = await put(await debFile({ 'a/': '', 'a/b': 'in no other test' }));
    rmSync(store.blobPath(digest), { force: true });
    await expect(openDeb(store, digest)).rejects.toThrow(digest);
  });
});

describe('arMembers', () => {
  const read = async (bytes: Buffer): Promise<[string, string][]> => {
    const out: [string, string][] = [];
    for await (const { name, body } of arMembers(pieces(bytes), 'x'))
      out.push([name, (await collect(body)).toString()]);
    return out;
  };

  test('yields members of odd and even sizes', async () => {
    expect(
      await read(arFile({ odd: Buffer.from('abc'), even: Buffer.from('abcd'), empty: Buffer.alloc(0) })),
    ).toEqual([
      ['odd', 'abc'],
      ['even', 'abcd'],
      ['empty', ''],
    ]);
  });

  test('skips a body that is not read', async () => {
    const names: string[] = [];
    for await (const { name } of arMembers(pieces(arFile({ a: Buffer.alloc(99), b: Buffer.alloc(1) })), 'x'))
      names.push(name);
    expect(names).toEqual(['a', 'b']);
  });

  test.each([
    ['a size that is not a number', (file: Buffer) => file.write('12x', 8 + 48)],
    ['a negative size', (file: Buffer) => file.write('-1 ', 8 + 48)],
    ['a broken end of header', (file: Buffer) => file.write('x', 8 + 58)],
  ])('refuses %s', async (_, spoil) => {
    const file = arFile({ a: Buffer.from('abc') });
    spoil(file);
    await expect(read(file)).rejects.toMatchObject({ code: 'bad-format' });
  });

  test('refuses a body that ends too early', async () => {
    await expect(read(arFile({ a: Buffer.from('abcdef') }).subarray(0, -3))).rejects.toThrow(
      'ends too early',
    );
  });
});
