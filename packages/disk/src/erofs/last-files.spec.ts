import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent, type Inode } from '@nx-linuxkit/tree';
import { inodeOf, sampleTree } from '../__tests__/sample-tree.js';
import { run, scratch } from '../__tests__/tools.js';
import { writeRaw } from '../container/raw.js';
import { erofsImage } from './image.js';

const dir = scratch();
const BLOCK = 4096;

/** A volume of the sample with two files in its midst; `texts` decide their sizes. They come last, or in their order. */
async function volume(name: string, texts: readonly [string, string], last: boolean): Promise<Buffer> {
  const own: Inode[] = texts.map((text) =>
    inodeOf('file', 0o644, { content: bytesContent(Buffer.from(text)) }),
  );
  const entries = sampleTree().flatMap((entry) =>
    entry.path === 'bin/ping'
      ? [...own.map((inode, i) => ({ path: `bin/own-${i}`, inode })), entry]
      : [entry],
  );
  const path = join(dir, name);
  await writeRaw(erofsImage(entries, last ? { isLast: (inode) => own.includes(inode) } : {}), path);
  return readFileSync(path);
}

/** How many blocks of a volume differ from those of the same place in another. */
function changedBlocks(before: Buffer, after: Buffer): number {
  let count = 0;
  for (let at = 0; at < after.length; at += BLOCK) {
    if (!before.subarray(at, at + BLOCK).equals(after.subarray(at, at + BLOCK))) count += 1;
  }
  return count;
}

const [SHORT, LONG] = ['short', `long${'.'.repeat(5000)}`];

test('files that come last change few blocks when their sizes change; in their order they move what follows', async () => {
  const lastly = await Promise.all([volume('a', [SHORT, SHORT], true), volume('b', [LONG, SHORT], true)]);
  const inOrder = await Promise.all([volume('c', [SHORT, SHORT], false), volume('d', [LONG, SHORT], false)]);
  // The superblock, the directory, and the files' own blocks.
  expect(changedBlocks(...(lastly as [Buffer, Buffer]))).toBeLessThanOrEqual(5);
  expect(changedBlocks(...(inOrder as [Buffer, Buffer]))).toBeGreaterThan(20);
});

test('fsck.erofs finds the same files in both orders', async () => {
  for (const last of [true, false]) {
    await volume(`order-${last}`, [LONG, SHORT], last);
    run('fsck.erofs', `--extract=${join(dir, `out-${last}`)}`, join(dir, `order-${last}`));
  }
  expect(readFileSync(join(dir, 'out-true/bin/own-0'), 'utf8')).toBe(LONG);
  expect(
    run('diff', '-r', '--no-dereference', '--exclude=dev', join(dir, 'out-true'), join(dir, 'out-false')),
  ).toBe('');
});
