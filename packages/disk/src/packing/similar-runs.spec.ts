import { createHash } from 'node:crypto';
import type { BlockStore } from '@nx-linuxkit/deflate';
import { encodeRun } from './run.js';
import { nameOfDigest, SimilarRuns } from './similar-runs.js';

const sha256 = (...texts: readonly Uint8Array[]) => {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text);
  return hash.digest();
};
const digestsOf = (names: string) => [...names].map((name) => sha256(Buffer.from(name)));
const keyOf = (digests: readonly Uint8Array[]) => sha256(...digests).toString('hex');

let there: Map<string, Buffer>;
let kept: BlockStore;
beforeEach(() => {
  there = new Map();
  kept = {
    find: async (key) => there.get(key),
    put: async (key, bytes) => void there.set(key, bytes),
  };
});

/** Keeps a run of blocks as a build does. A capital letter is a block that stayed as it is. */
async function keep(names: string): Promise<void> {
  const blocks = [...names].map((name) => (/[A-Z]/.test(name) ? undefined : Buffer.from(`packed ${name}`)));
  there.set(keyOf(digestsOf(names)), encodeRun(blocks));
  await new SimilarRuns(keyOf, kept).note(digestsOf(names));
}

/** What is found for a run, in the order of its blocks; `-` for a block that is not there, `plain` for one that stayed as it is. */
async function found(names: string): Promise<string[]> {
  const packed = await new SimilarRuns(keyOf, kept).find(digestsOf(names));
  return digestsOf(names).map((digest) => {
    const name = nameOfDigest(digest);
    return packed.has(name) ? (packed.get(name)?.toString() ?? 'plain') : '-';
  });
}

it.each([
  ['the last', 'abX', ['packed a', 'packed b', '-']],
  ['the first', 'XbC', ['-', 'packed b', 'plain']],
  ['one in the middle', 'aXC', ['packed a', '-', 'plain']],
  ['one that is new', 'abXC', ['packed a', 'packed b', '-', 'plain']],
])('all blocks are found but %s', async (_, names, expected) => {
  await keep('abC');
  expect(await found(names)).toEqual(expected);
});

it('a run of which both ends have changed is not found, nor is one of one block', async () => {
  await keep('abc');
  expect(await found('xby')).toEqual(['-', '-', '-']);
  expect(await found('a')).toEqual(['-']);
});

it('the last run that was noted counts, and each end is looked for', async () => {
  await keep('abc');
  await keep('axd');
  expect(await found('axc')).toEqual(['packed a', 'packed x', 'packed c']);
});

it.each<[string, (bytes: Buffer) => Buffer]>([
  ['cut short', (bytes) => bytes.subarray(1)],
  ['empty', () => Buffer.alloc(0)],
  ['of a run that is not kept', (bytes) => bytes.subarray(0, 32)],
])('a note that is %s is no run', async (_, damage) => {
  await keep('abc');
  const run = keyOf(digestsOf('abc'));
  for (const [key, bytes] of there) if (key !== run) there.set(key, damage(bytes));
  expect(await found('abx')).toEqual(['-', '-', '-']);
});
