import { compareTrees } from '../compare.js';
import { bytesSource } from '../source.js';
import {
  dir,
  file,
  hardlink,
  imageOf,
  layerOf,
  pax,
  rawImage,
  rawTar,
  symlink,
} from '../__tests__/raw-tar.js';
import { leastCpuTime } from '../__tests__/cpu-time.js';
import { listing } from '../__tests__/listing.js';
import { parseImageTree, serialiseImageTree } from './image-text.js';
import { parseLayerIndex, serialiseLayerIndex } from './layer-index.js';
import { applyLayers } from './apply.js';

const lower = layerOf(
  rawTar([
    dir('d', 0o700),
    pax({
      'SCHILY.xattr.user.b': 'B',
      'SCHILY.xattr.user.__proto__': '\0\xff',
      path: Buffer.from([0x64, 0x2f, 0xff]),
    }),
    file('d/x', 'body'),
    hardlink('d/\udcff', 'h'),
    symlink('d', 'l'),
    { name: 'n', flag: '3', device: [5, 1] },
  ]),
);
const upper = layerOf(rawTar([dir('d', 0o711), file('implied/f', 'top'), dir('./', 0o750)]));
const layers = new Map(
  [lower, upper].map(({ bytes, index }) => [index.diffID, bytesSource(bytes, index.diffID)]),
);
const open = (diffID: string) => layers.get(diffID)!;

it('an image tree survives as text, and serialises to the same bytes again', async () => {
  const image = imageOf(lower, upper);
  const text = serialiseImageTree(image);
  const again = parseImageTree(text, { open });
  expect(await compareTrees(image.tree, again.tree, { mtimes: 'all' })).toEqual([]);
  expect(await listing(again.tree)).toEqual(await listing(image.tree));
  expect(again.definitions.get(again.tree.get('d')!)!.map(({ layer }) => layer)).toEqual([0, 1]);
  expect(again.layerOf.get(again.tree.get('implied/f')!)).toBe(1);
  expect(serialiseImageTree(again)).toBe(text);
});

it('a layer index survives as text', () => {
  const text = serialiseLayerIndex(lower.index);
  expect(parseLayerIndex(text)).toEqual(lower.index);
  expect(serialiseLayerIndex(parseLayerIndex(text))).toBe(text);
});

it('every inode that a layer defines gets the origin', () => {
  const origin = { source: 'docker.io/library/x:1', location: 'init[0]' };
  const image = parseImageTree(serialiseImageTree(imageOf(lower, upper)), { origin });
  expect(image.tree.get('d')!.origin).toBe(origin);
  expect(image.tree.get('l')!.origin).toBe(origin);
});

it.each([
  ['not JSON', '{'],
  ['another kind', '{"kind":"image-9","entries":[]}'],
  ['null', 'null'],
  ['a dangling link', '{"kind":"image-1","layers":[],"entries":[["a","h",7]]}'],
  ['an unknown layer', '{"kind":"image-1","layers":[],"entries":[["a","-",3,420,0,0,0,0,0]]}'],
  [
    'an unknown type',
    '{"kind":"image-1","layers":[{"diffID":"x","size":1}],"entries":[["a","?",0,420,0,0,0,0,0]]}',
  ],
])('refuses text that is %s', (_, text) => {
  expect(() => parseImageTree(text)).toThrow(expect.objectContaining({ code: 'malformed' }));
});

it('without `open`, reading a content fails and says why', async () => {
  const { tree } = applyLayers([lower.index]);
  await expect(listing(tree)).rejects.toThrow('were not opened');
});

it('the time to parse grows with the number of entries, not with its square', () => {
  const textOf = (count: number) =>
    serialiseImageTree(
      rawImage(
        Array.from({ length: count }, (_, k) => file(`usr/share/doc/package-${k % 50}/file-${k}`, 'x')),
      ),
    );
  const [few, many] = [textOf(4_000), textOf(32_000)];
  expect(parseImageTree(many).tree.size).toBe(32_000 + 3 + 50);
  // Eight times as many entries take 8 times as long, and 64 times if the time is quadratic.
  const ratio = leastCpuTime(() => parseImageTree(many)) / leastCpuTime(() => parseImageTree(few));
  expect(ratio).toBeLessThan(32);
});
