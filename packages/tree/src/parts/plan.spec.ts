import fc from 'fast-check';
import { rewrite } from '@nx-linuxkit/deflate';
import { layer as anyLayer } from '../__tests__/arbitrary.js';
import { leastCpuTime } from '../__tests__/cpu-time.js';
import { listing } from '../__tests__/listing.js';
import {
  dir,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  rawImage,
  rawTar,
  symlink,
  type RawMember,
  type TestLayer,
} from '../__tests__/raw-tar.js';
import { collect, oneChunk } from '../__tests__/streams.js';
import { compareTrees } from '../compare.js';
import { cpioMembers } from '../cpio/member.js';
import { readCpio } from '../cpio/reader.js';
import { writeCpio, writeMembers } from '../cpio/writer.js';
import { TreeError } from '../error.js';
import { remainder } from '../kernel/remainder.js';
import { kernelUnpack } from '../kernel/unpack.js';
import { applyLayers } from '../layer/apply.js';
import { parseImageTree, serialiseImageTree } from '../layer/image-text.js';
import type { ImageTree } from '../layer/image-tree.js';
import { mergeTrees } from '../merge.js';
import { applyRules, prefixTree } from '../reshape.js';
import { bytesSource } from '../source.js';
import { planKey } from './plan-key.js';
import { planParts, type PartOptions, type PartPlan } from './plan.js';

const layersOf = (...layers: RawMember[][]): TestLayer[] => layers.map((members) => layerOf(rawTar(members)));
const names = ({ members }: PartPlan) =>
  [...members].map(({ path, inode }) => (inode.type === 'dir' ? `${path}/` : path));

/** The bytes of each part: its plan applied to its layer. */
async function partBytes(plans: readonly PartPlan[], layers: readonly TestLayer[]): Promise<Buffer[]> {
  return Promise.all(
    plans.map(({ diffID, ops }) => {
      const { bytes } = layers.find(({ index }) => index.diffID === diffID)!;
      return collect(rewrite(oneChunk(bytes), ops));
    }),
  );
}

/** The archive that parts make, with the trailer that ends it. */
async function archiveOf(parts: readonly Buffer[]): Promise<Buffer> {
  return Buffer.concat([...parts, await collect(writeCpio([]))]);
}

/** Discards random layers that are refused, because they go through a loop of symlinks or lose a link's target to one. */
function ifValid<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    fc.pre(!(error instanceof TreeError && ['symlink-loop', 'link-target'].includes(error.code)));
    throw error;
  }
}

const keys = (layers: TestLayer[], options?: PartOptions) =>
  planParts(imageOf(...layers), options).map(({ ops }) => planKey(ops));

describe('planParts', () => {
  it("gives parts that the kernel unpacks to the image's tree, whatever the layers", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLayer, { minLength: 1, maxLength: 4 }),
        fc.constantFrom('', 'containers/x'),
        async (members, prefix) => {
          // Equal layers would be one blob, so each gets a file of its own.
          const layers = layersOf(...members.map((list, k) => [...list, file(`unique-${k}`, `${k}`)]));
          const image = parseImageTree(serialiseImageTree(ifValid(() => imageOf(...layers))), {
            open: (diffID) => bytesSource(layers.find(({ index }) => index.diffID === diffID)!.bytes, diffID),
          });
          const plans = planParts(image, { prefix });
          const bytes = await partBytes(plans, layers);
          expect(bytes.every(({ length }) => length % 4 === 0)).toBe(true);
          const archives = await readCpio(oneChunk(await archiveOf(bytes)));
          expect(archives).toHaveLength(1);
          const named = archives[0]!
            .filter((member) => member.inode.type !== 'dir')
            .map((member) => member.path);
          expect(named).toHaveLength(new Set(named).size);
          const { tree, lost } = kernelUnpack(archives);
          expect(lost).toEqual([]);
          expect(await compareTrees(prefixTree(image.tree, prefix), tree, { mtimes: 'not-dirs' })).toEqual(
            [],
          );
          expect(
            await compareTrees(tree, kernelUnpack([plans.flatMap((plan) => [...plan.members])]).tree, {
              mtimes: 'all',
            }),
          ).toEqual([]);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('orders directories, then entries without bytes, then files by offset with all names of one file together', () => {
    const [plan] = planParts(
      rawImage([
        file('z', '1'),
        file('b/y', '2'),
        symlink('z', 'l'),
        hardlink('z', 'a/h'),
        file('empty', ''),
        dir('b'),
      ]),
    );
    expect(names(plan!)).toEqual(['a/', 'b/', 'empty', 'l', 'a/h', 'z', 'b/y']);
    expect([...plan!.members].map(({ link, content }) => [link?.nlink, content?.size ?? 0])).toEqual([
      [undefined, 0],
      [undefined, 0],
      [undefined, 0],
      [undefined, 0],
      [2, 1],
      [2, 0],
      [undefined, 1],
    ]);
    const [, , , , first, second] = plan!.members;
    expect(first!.link).toEqual(second!.link);
  });

  it('puts a hard link into the part that holds the bytes, with the parents it needs', () => {
    const plans = planParts(
      rawImage([file('a', '1')], [dir('d', 0o700), hardlink('a', 'd/late'), file('b', '')]),
    );
    expect(plans.map(names)).toEqual([
      ['d/', 'a', 'd/late'],
      ['d/', 'b'],
    ]);
  });

  it('puts a directory that a whiteout has emptied into the part of the top layer', () => {
    const plans = planParts(rawImage([file('c/b/a'), file('x', '')], [file('c/.wh.b', '')]));
    expect(plans.map(names)).toEqual([['x'], ['c/']]);
  });

  it('has no part for a layer from which nothing survives', () => {
    expect(planParts(rawImage([file('a', '1')], [file('a', '2')])).map(names)).toEqual([['a']]);
    expect(planParts(rawImage([], [file('.wh.x', '')]))).toEqual([]);
  });

  it('refuses files that share bytes', () => {
    const entry = {
      path: 'a',
      type: 'file',
      mode: 0,
      uid: 0,
      gid: 0,
      mtime: 0,
      size: 10,
      offset: 512,
    } as const;
    const image = applyLayers([
      { diffID: 'sha256:x', size: 4096, entries: [entry, { ...entry, path: 'b', offset: 520 }] },
    ]);
    expect(() => [...planParts(image)[0]!.ops]).toThrow(expect.objectContaining({ code: 'overlap' }));
  });
});

describe('a plan stays the same, byte for byte,', () => {
  const base = [
    [dir('etc', 0o700), file('etc/passwd'), dir('usr'), file('usr/a', 'aa'), symlink('usr', 'u')],
    [dir('usr', 0o711), file('usr/b', 'bb')],
  ];
  const keysOf = (...top: RawMember[]) => keys(layersOf(...base, top));

  it.each<[string, RawMember[], RawMember[]]>([
    [
      'when the top layer changes a file of its own',
      [file('app', '1')],
      [file('app', '2'), file('more', '')],
    ],
    [
      'when the top layer lists parent directories with new times',
      [file('usr/app', '1')],
      [{ ...dir('usr', 0o711), mtime: 1_700_000_000 }, file('usr/app', '2')],
    ],
    ['when the top layer becomes empty', [file('app')], []],
    [
      'when two top layers override one file differently',
      [file('usr/a', 'top')],
      [file('usr/a', 'other', 0o755), file('x')],
    ],
    ['when the top layer goes through a symlink of the bottom', [file('usr/app', '1')], [file('u/app', '2')]],
  ])('%s', (_, before, after) => {
    expect(keysOf(...after).slice(0, 2)).toEqual(keysOf(...before).slice(0, 2));
  });

  it('and changes when its layer loses a file', () => {
    const [first] = keysOf(file('app'));
    const [hidden] = keysOf(file('usr/.wh.a', ''));
    expect(hidden).not.toBe(first);
  });

  it('and changes when the top layer gives one of its directories another owner', () => {
    const [first, second] = keysOf(file('app'));
    const [changed, same] = keysOf({ ...dir('etc'), uid: 7 }, file('app'));
    expect(changed).not.toBe(first);
    expect(same).toBe(second);
  });

  it('but has another key for another prefix', () => {
    const layers = layersOf(...base);
    expect(keys(layers, { prefix: 'containers/x' })[0]).not.toBe(keys(layers)[0]);
  });
});

describe('planParts into a tree', () => {
  it('leaves out files that rules replace; the remainder has them', async () => {
    const layers = layersOf([
      dir('dev', 0o700),
      file('dev/console', 'x'),
      file('etc/hosts', 'own'),
      file('bin/app', 'app'),
    ]);
    const image = imageOf(...layers);
    const replace = rawImage([dir('dev', 0o755), file('etc/hosts', 'fixed')]).tree;
    const into = prefixTree(
      applyRules(image.tree, { exclude: ['dev/console'], replace, touch: rawImage([]).tree }),
      'c/x',
    );
    const plans = planParts(image, { prefix: 'c/x', into });
    expect(plans.map(names)).toEqual([['c/', 'c/x/', 'c/x/bin/', 'c/x/dev/', 'c/x/bin/app']]);
    const parts = plans.flatMap(({ members }) => [...members]);
    const rest = remainder(into, kernelUnpack([parts]).tree);
    expect(rest.map(({ path }) => path)).toEqual(['c', 'c/x', 'c/x/etc', 'c/x/etc/hosts']);
    const archives = await readCpio(
      oneChunk(
        await archiveOf([
          ...(await partBytes(plans, layers)),
          await collect(writeMembers(cpioMembers(rest))),
        ]),
      ),
    );
    expect(await compareTrees(into, kernelUnpack(archives).tree)).toEqual([]);
  });

  /** Plans images that share the root, each into the merged tree, and checks that Linux unpacks them to that tree. */
  const unpackShared = async (...images: RawMember[][]) => {
    const trees = ifValid(() => images.map((members) => rawImage(members)));
    const merged = mergeTrees(trees.map(({ tree }) => tree));
    const parts = trees
      .flatMap((image) => planParts(image, { into: merged }))
      .map(({ members }) => [...members]);
    const { tree: given } = kernelUnpack([parts.flat()]);
    const rest = cpioMembers(remainder(merged, given));
    const unpacked = kernelUnpack([[...parts.flat(), ...rest]]);
    expect(unpacked.lost).toEqual([]);
    expect(await compareTrees(merged, unpacked.tree)).toEqual([]);
    return {
      parts: parts.map((list) => list.map(({ path }) => path)),
      rest: rest.map(({ path }) => path),
      lines: await listing(unpacked.tree),
    };
  };

  it('merges a directory through the symlink of another image', async () => {
    const { parts, rest } = await unpackShared(
      [dir('usr'), dir('usr/lib'), symlink('usr/lib', 'lib')],
      [dir('lib'), file('lib/modules/m')],
    );
    expect(parts).toEqual([
      ['usr', 'usr/lib', 'lib'],
      ['usr', 'usr/lib', 'usr/lib/modules', 'usr/lib/modules/m'],
    ]);
    expect(rest).toEqual([]);
  });

  it('moves content to the target of a later image’s symlink', async () => {
    const { parts } = await unpackShared(
      [dir('lib'), file('lib/modules/m')],
      [dir('usr'), dir('usr/lib'), symlink('usr/lib', 'lib')],
    );
    expect(parts).toEqual([
      ['usr', 'usr/lib', 'usr/lib/modules', 'usr/lib/modules/m'],
      ['usr', 'usr/lib', 'lib'],
    ]);
  });

  it('does not change the sibling of an overridden hard link', async () => {
    const { lines } = await unpackShared([file('a', 'pair'), hardlink('a', 'b')], [file('a', 'new')]);
    expect(lines).toEqual(expect.arrayContaining(['a 644 "new"', 'b 644 "pair"']));
  });

  it('replaces a directory by a file', async () => {
    const { lines } = await unpackShared([file('d/x'), file('e', '')], [file('d', 'file')]);
    expect(lines).toEqual(expect.arrayContaining(['d 644 "file"', 'e 644 ""']));
  });

  it('names a directory that a later image only implies with its mode', async () => {
    const { rest, lines } = await unpackShared([dir('etc', 0o700)], [file('etc/x')]);
    expect(rest).toEqual([]);
    expect(lines).toContain('etc/ 700');
  });

  it('keeps hard links together that moved through a symlink which a later image replaced', async () => {
    const { lines } = await unpackShared(
      [symlink('a', 'b')],
      [dir('a', 0o700), file('b/a', ''), hardlink('b/a', 'link')],
      [file('b', '')],
    );
    expect(lines).toEqual(expect.arrayContaining(['a/a 644 ""', 'link = a/a']));
  });

  it('gives the merged tree for any images that share the root', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyLayer, { minLength: 2, maxLength: 3 }), async (images) => {
        await unpackShared(...images);
      }),
      { numRuns: 150 },
    );
  });
});

it('the members of a tar inside a layer, such as kernel.tar, are planned in the order of their bytes', async () => {
  const inner = rawTar([file('lib/modules/b.ko', 'bbbb'), file('lib/modules/a.ko', 'aa')]);
  const outer = layerOf(rawTar([file('kernel', 'vmlinuz'), { ...file('kernel.tar'), body: inner }]));
  const at = outer.index.entries[1]!;
  const entries = indexOf(inner, { base: at.offset });
  const image = applyLayers([{ ...outer.index, entries }]);
  const plans = planParts(image);
  expect(plans.map(names)).toEqual([['lib/', 'lib/modules/', 'lib/modules/b.ko', 'lib/modules/a.ko']]);
  const [bytes] = await partBytes(plans, [outer]);
  expect(await listing(kernelUnpack(await readCpio(oneChunk(await archiveOf([bytes!])))).tree)).toEqual(
    expect.arrayContaining(['lib/modules/a.ko 644 "aa"', 'lib/modules/b.ko 644 "bbbb"']),
  );
});

it('inodes that are left out come with none of their names', () => {
  const image = rawImage([file('a', '1'), hardlink('a', 'b'), file('c', '2')]);
  const plans = planParts(image, { without: new Set([image.tree.get('a')!]) });
  expect(plans.map(names)).toEqual([['c']]);
});

it('hard links of other layers, other paths or other prefixes have other numbers', () => {
  const pair = (name: string) => [file(name, 'x'), hardlink(name, `${name}2`)];
  const image = rawImage(pair('a'), pair('b'));
  const links = [
    ...planParts(image),
    ...planParts(image, { prefix: 'p' }),
    ...planParts(rawImage([...pair('a'), file('other', '')])),
  ].flatMap(({ members }) =>
    [...members].flatMap(({ link }) => (link ? [`${link.ino} ${link.dev.join(' ')}`] : [])),
  );
  expect(links).toHaveLength(10);
  expect(new Set(links).size).toBe(5);
});

it('the time to place the names of one file grows with their number, not with its square', () => {
  const linked = (count: number) =>
    rawImage([file('f', 'x'), ...Array.from({ length: count }, (_, k) => hardlink('f', `d${k % 50}/${k}`))]);
  const [few, many] = [linked(2_000), linked(16_000)];
  const membersOf = (image: ImageTree) => planParts(image).flatMap(({ members }) => [...members]);
  const files = membersOf(many).filter(({ inode }) => inode.type === 'file');
  expect(files.map(({ link }) => link?.nlink)).toEqual(Array(16_001).fill(16_001));
  const paths = files.map(({ path }) => path);
  expect(paths).toEqual([...new Set(paths)].sort());
  // Eight times as many names take 8 times as long, and 64 times if the time is quadratic.
  expect(leastCpuTime(() => membersOf(many)) / leastCpuTime(() => membersOf(few))).toBeLessThan(32);
});

describe('planKey', () => {
  it('differs for other inserts, other keeps, and other borders between them', () => {
    const insert = (text: string) => ({ insert: Buffer.from(text) });
    const all = [
      [],
      [insert('a')],
      [insert('ab')],
      [insert('a'), insert('b')],
      [{ keep: [0, 1] as const }],
      [insert('keep 0 1\n')],
      [{ keep: [0, 2] as const }],
    ];
    expect(new Set(all.map((ops) => planKey(ops))).size).toBe(all.length);
  });
});
