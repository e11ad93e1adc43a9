import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent } from '@nx-linuxkit/tree';
import { contentAsImage, dump, noise, run, scratch } from '../__tests__/tools.js';
import { makeImage, type Image } from '../image/image.js';
import { VERITY_BLOCK, veritySize, verityTree } from './tree.js';

const dir = scratch();
const SALT = noise(32, 'salt');
const UUID = noise(16, 'uuid');

/** Noise at the front of a volume of zeros. */
const volume = (blocks: number): Image =>
  makeImage(blocks * VERITY_BLOCK, [
    { offset: 0, content: bytesContent(noise(Math.min(blocks, 300) * VERITY_BLOCK, 'data')) },
  ]);
const uuidText = UUID.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** The counts of blocks at which the tree gets another block or another level: 128 hashes are a block. */
test.each([2, 127, 128, 129, 128 * 128, 128 * 128 + 1])(
  'the tree of %d blocks is that of veritysetup, byte for byte',
  async (blocks) => {
    const data = await dump(volume(blocks), join(dir, `data-${blocks}`));
    const { image, rootHash } = await verityTree(volume(blocks), { salt: SALT, uuid: UUID });
    const ours = await dump(image, join(dir, `ours-${blocks}`));
    const theirs = join(dir, `theirs-${blocks}`);
    const options = [`--salt=${SALT.toString('hex')}`, `--uuid=${uuidText}`];
    const said = run('veritysetup', 'format', ...options, data, theirs);
    expect(said).toContain(rootHash);
    expect(readFileSync(ours).equals(readFileSync(theirs))).toBe(true);
    expect(image.size).toBe(veritySize(blocks * VERITY_BLOCK));
    run('veritysetup', 'verify', data, ours, rootHash);
  },
);

test('veritysetup finds one changed byte of the volume, and one of the tree', async () => {
  const made = await verityTree(volume(300));
  const data = await dump(volume(300), join(dir, 'data'));
  const tree = await dump(made.image, join(dir, 'tree'));
  const verify = () => run('veritysetup', 'verify', data, tree, made.rootHash);
  verify();
  for (const [path, at] of [
    [data, 299 * VERITY_BLOCK + 17],
    [tree, made.image.size - VERITY_BLOCK],
  ] as const) {
    const before = readFileSync(path)[at]!;
    flip(path, at, before ^ 1);
    expect(verify).toThrow(/Verification failed/i);
    flip(path, at, before);
  }
  verify();
});

function flip(path: string, at: number, value: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.from([value]), 0, 1, at);
  closeSync(file);
}

test('salt and UUID follow the content: equal volumes have equal trees, others have others', async () => {
  const [one, same, other] = await Promise.all(
    [volume(3), volume(3), volume(4)].map((each) => verityTree(each)),
  );
  expect(one!.rootHash).toBe(same!.rootHash);
  expect(one!.rootHash).not.toBe(other!.rootHash);
});

test.each([
  ['a volume with half a block', contentAsImage(bytesContent(noise(6000, 'x'))), {}, 'bad-option'],
  ['an empty volume', makeImage(0, []), {}, 'bad-option'],
  ['more than 8 GiB', makeImage(2 ** 33 + VERITY_BLOCK, []), {}, 'image-too-large'],
  ['a salt of 257 bytes', volume(2), { salt: noise(257, 'x') }, 'bad-option'],
] as const)('%s is refused', async (_, image, options, code) => {
  await expect(verityTree(image, options)).rejects.toThrow(expect.objectContaining({ code }));
});
