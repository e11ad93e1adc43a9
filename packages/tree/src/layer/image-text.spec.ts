import { compareTrees } from '../compare.js';
import { bytesSource } from '../source.js';
import {
  dir,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  pax,
  rawImage,
  rawTar,
  symlink,
} from '../__tests__/raw-tar.js';
import { leastCpuTime } from '../__tests__/cpu-time.js';
import { listing } from '../__tests__/listing.js';
import { parseImageTree, serialiseImageTree } from './image-text.js';
import { LayerIndexText, parseLayerIndex, type LayerIndex } from './layer-index.js';
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
  expect(serialiseImageTree(again)).toEqual(text);
});

function textOf({ entries, ...index }: LayerIndex): Buffer {
  const pieces = new Map<number, Buffer>();
  const text = new LayerIndexText((piece, position) => pieces.set(position, piece));
  for (const entry of entries) text.add(entry);
  text.finish(index);
  return Buffer.concat([...pieces].sort(([a], [b]) => a - b).map(([, piece]) => piece));
}

it('a layer index survives as text', () => {
  const text = textOf(lower.index);
  const { entries, ...index } = parseLayerIndex(text);
  expect({ ...index, entries: [...entries] }).toEqual(lower.index);
  expect([...entries]).toEqual(lower.index.entries);
  expect(textOf(parseLayerIndex(text))).toEqual(text);
});

it.each([0, 1, 2_000, 20_000])(
  'an index of %i entries survives, however many are parsed at once',
  (count) => {
    const entries = indexOf(rawTar(Array.from({ length: count }, (_, k) => file(`d/file ${k},\n`))));
    const text = textOf({ diffID: 'x', size: 1, entries });
    expect([...parseLayerIndex(text).entries]).toEqual(entries);
    expect(JSON.parse(text.toString('utf8')).entries).toHaveLength(count);
  },
);

it('every inode that a layer defines gets the origin', () => {
  const origin = { source: 'docker.io/library/x:1', location: 'init[0]' };
  const image = parseImageTree(serialiseImageTree(imageOf(lower, upper)), { origin });
  expect(image.tree.get('d')!.origin).toBe(origin);
  expect(image.tree.get('l')!.origin).toBe(origin);
});

const HEAD = '{"kind":"image-1","layers":[{"diffID":"x","size":1}],"entries":[\n';

it.each([
  ['empty', '', 'not JSON'],
  ['not JSON', '{', 'not JSON'],
  ['another kind', '{"kind":"image-9","entries":[\n\n]}\n', 'got "image-9"'],
  ['null', 'null\n', 'not JSON'],
  ['on one line', `${HEAD.trim()}]}`, 'not JSON'],
  ['cut short', `${HEAD}["a","d"],\n`, 'without its end'],
  ['cut short in the head', HEAD, 'without its end'],
  ['no list of rows', `${HEAD}7\n]}\n`, 'a row'],
  ['not JSON in a row', `${HEAD}["a"\n]}\n`, 'not JSON'],
  ['a dangling link', `${HEAD}["a","h",7]\n]}\n`, 'no target'],
  ['an unknown layer', `${HEAD}["a","-",3,420,0,0,0,0,0]\n]}\n`, 'no layer 3'],
  ['an unknown type', `${HEAD}["a","?",0,420,0,0,0,0,0]\n]}\n`, 'an entry of type'],
])('refuses text that is %s', (_, text, message) => {
  expect(() => parseImageTree(Buffer.from(text))).toThrow(
    expect.objectContaining({ code: 'malformed', message: expect.stringContaining(message) }),
  );
});

it('without `open`, reading a content fails and says why', async () => {
  const { tree } = applyLayers([lower.index]);
  await expect(listing(tree)).rejects.toThrow('were not opened');
});

it('the time to parse grows with the number of entries, not with its square', () => {
  const treeOf = (count: number) =>
    serialiseImageTree(
      rawImage(
        Array.from({ length: count }, (_, k) => file(`usr/share/doc/package-${k % 50}/file-${k}`, 'x')),
      ),
    );
  const [few, many] = [treeOf(4_000), treeOf(32_000)];
  expect(parseImageTree(many).tree.size).toBe(32_000 + 3 + 50);
  // Eight times as many entries take 8 times as long, and 64 times if the time is quadratic.
  const ratio = leastCpuTime(() => parseImageTree(many)) / leastCpuTime(() => parseImageTree(few));
  expect(ratio).toBeLessThan(32);
});
