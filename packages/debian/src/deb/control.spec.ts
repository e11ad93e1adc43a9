import { rmSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { arFile, debFile } from '../__tests__/deb-file.js';
import { debStore } from '../__tests__/deb-store.js';
import { readControl } from './control.js';

describe('readControl', () => {
  const { store, put } = debStore();

  test('reads the fields of a package, once', async () => {
    const digest = await put(await debFile({ 'a/': '', 'a/b': 'c' }, 'Package: x\n'));
    expect(await readControl(store, digest)).toBe('Package: x\n');
    rmSync(store.blobPath(digest), { force: true });
    expect(await readControl(store, digest)).toBe('Package: x\n');
  });

  test.each([
    ['no control.tar', arFile({ 'debian-binary': Buffer.from('2.0\n') }), 'has no control.tar'],
    [
      'an empty control.tar',
      arFile({ 'control.tar.gz': gzipSync(Buffer.alloc(1024)) }),
      'control.tar has no file control',
    ],
    [
      'a control.tar that unpacks to more than any package has',
      arFile({ 'control.tar.gz': gzipSync(Buffer.alloc(33 << 20)) }),
      'control.tar has more than',
    ],
  ])('refuses a .deb with %s', async (_, bytes, message) => {
    await expect(readControl(store, await put(bytes))).rejects.toMatchObject({
      code: 'bad-format',
      message: expect.stringContaining(message),
    });
  });

  test('refuses a .deb that was damaged in the store after its control.tar', async () => {
    const bytes = await debFile({ a: 'b'.repeat(1000) }, 'Package: damaged\n');
    const digest = await put(bytes);
    const damaged = Buffer.from(bytes);
    damaged[damaged.length - 20] ^= 1;
    rmSync(store.blobPath(digest), { force: true });
    writeFileSync(store.blobPath(digest), damaged);
    await expect(readControl(store, digest)).rejects.toThrow(/digest|sha256/);
  });
});
