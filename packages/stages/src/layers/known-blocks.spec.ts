import type { BlockIndex } from '@nx-linuxkit/deflate';
import type { Digest } from '@nx-linuxkit/oci';
import { KnownBlocks } from './known-blocks.js';

const indexOf = (windowBytes: number): BlockIndex => ({
  rows: new Float64Array(new SharedArrayBuffer(0)),
  windows: new Uint8Array(new SharedArrayBuffer(windowBytes)),
});
const digest = (letter: string): Digest => `sha256:${letter.repeat(64)}`;

it('indexes take at most 32 MiB, however many layers there are', () => {
  const known = new KnownBlocks();
  const [large, tooLarge, small] = [indexOf(20 << 20), indexOf(13 << 20), indexOf(12 << 20)];
  known.add(digest('a'), large);
  known.add(digest('b'), tooLarge);
  known.add(digest('c'), small);
  known.add(digest('d'), undefined);
  expect(['a', 'b', 'c', 'd'].map((letter) => known.of(digest(letter)))).toEqual([
    large,
    undefined,
    small,
    undefined,
  ]);
});

it('a layer that is read again takes no more memory', () => {
  const known = new KnownBlocks();
  for (let i = 0; i < 10; i += 1) known.add(digest('a'), indexOf(20 << 20));
  known.add(digest('b'), indexOf(12 << 20));
  expect(known.of(digest('b'))).toBeDefined();
});
