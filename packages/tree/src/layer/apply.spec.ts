import fc from 'fast-check';
import { listing } from '../__tests__/listing.js';
import { dir, file, hardlink, rawImage, symlink, type RawMember } from '../__tests__/raw-tar.js';

const flatten = async (...layers: RawMember[][]) => listing(rawImage(...layers).tree);
const gone = (path: string) => file(path.replace(/([^/]*)$/, '.wh.$1'), '');
const opaque = (path: string) => file(`${path}/.wh..wh..opq`.replace(/^\//, ''), '');

describe('layers', () => {
  it.each<[string, RawMember[][], string[]]>([
    ['the later entry of one layer wins', [[file('a', '1'), file('a', '2')]], ['a 644 "2"']],
    ['the later layer wins', [[file('a', '1')], [file('a', '2', 0o755)]], ['a 755 "2"']],
    ['missing parents are implied', [[file('a/b/c')]], ['a/', 'a/b/', 'a/b/c 644 "a/b/c"']],
    [
      'a parent may come after its children',
      [[file('a/b', '1'), dir('a', 0o700)]],
      ['a/ 700', 'a/b 644 "1"'],
    ],
    ['the root has metadata', [[dir('./', 0o700)]], ['/ 700']],
    ['a whiteout hides a file', [[file('a'), file('b', '')], [gone('a')]], ['b 644 ""']],
    ['a whiteout hides a directory and all in it', [[dir('d'), file('d/e/f')], [gone('d')]], []],
    [
      'a whiteout of a missing path changes nothing',
      [[file('a', '')], [gone('b'), gone('c/d')]],
      ['a 644 ""'],
    ],
    [
      'a whiteout hides lower layers only, before its sibling',
      [[file('a', '1')], [gone('a'), file('a', '2')]],
      ['a 644 "2"'],
    ],
    [
      'a whiteout hides lower layers only, after its sibling',
      [[file('a', '1')], [file('a', '2'), gone('a')]],
      ['a 644 "2"'],
    ],
    [
      'a whiteout beside a new directory of its name hides the old content',
      [
        [dir('d'), file('d/old')],
        [dir('d', 0o700), file('d/new', ''), gone('d')],
      ],
      ['d/ 700', 'd/new 644 ""'],
    ],
    [
      'a whiteout beside new content alone leaves an implied directory',
      [
        [dir('d', 0o700), file('d/old')],
        [file('d/new', ''), gone('d')],
      ],
      ['d/', 'd/new 644 ""'],
    ],
    [
      'a whiteout hides a symlink, not what it leads to',
      [[file('a', ''), symlink('a', 'l')], [gone('l')]],
      ['a 644 ""'],
    ],
    [
      'an opaque directory stays and hides lower content',
      [[dir('d', 0o700), file('d/a'), file('d/s/b')], [opaque('d')]],
      ['d/ 700'],
    ],
    [
      'an opaque marker before new content',
      [[file('d/a')], [opaque('d'), file('d/n', '')]],
      ['d/', 'd/n 644 ""'],
    ],
    [
      'an opaque marker after new content',
      [[file('d/a')], [file('d/n', ''), opaque('d')]],
      ['d/', 'd/n 644 ""'],
    ],
    [
      'whiteouts in a loop of symlinks, which hide nothing',
      [
        [file('b'), symlink('a', 'a')],
        [opaque('a'), gone('a/b')],
      ],
      ['a -> a', 'b 644 "b"'],
    ],
    [
      'an opaque root',
      [
        [file('a'), dir('d')],
        [opaque(''), file('n', '')],
      ],
      ['n 644 ""'],
    ],
    [
      'opaque and explicit whiteouts agree',
      [
        [file('d/a'), file('d/b')],
        [gone('d/a'), gone('d/b'), dir('d')],
      ],
      ['d/ 755'],
    ],
    [
      'a new opaque directory in place of a symlink spares what the symlink led to',
      [
        [file('usr/lib/a', ''), symlink('usr/lib', 'lib')],
        [dir('lib'), opaque('lib')],
      ],
      ['lib/ 755', 'usr/', 'usr/lib/', 'usr/lib/a 644 ""'],
    ],
    [
      'AUFS bookkeeping is ignored',
      [[file('.wh..wh.aufs'), dir('.wh..wh.plnk'), file('.wh..wh.plnk/1.2'), file('a', '')]],
      ['a 644 ""'],
    ],
    ['a directory replaces a file', [[file('a')], [dir('a'), file('a/b', '')]], ['a/ 755', 'a/b 644 ""']],
    [
      'a file that is needed as a directory becomes one',
      [[file('a')], [file('a/b', '')]],
      ['a/', 'a/b 644 ""'],
    ],
    ['a file replaces a directory with all in it', [[file('a/b/c')], [file('a', '')]], ['a 644 ""']],
    ['a symlink replaces a directory with all in it', [[file('a/b')], [symlink('x', 'a')]], ['a -> x']],
    [
      'a directory replaces a symlink',
      [
        [dir('x'), symlink('x', 'a')],
        [dir('a'), file('a/b', '')],
      ],
      ['a/ 755', 'a/b 644 ""', 'x/ 755'],
    ],
    [
      'entries through a symlinked parent land where it leads',
      [[dir('usr'), symlink('usr/lib', 'lib')], [file('lib/a', '')]],
      ['lib -> usr/lib', 'usr/ 755', 'usr/lib/', 'usr/lib/a 644 ""'],
    ],
    [
      'a symlinked parent that changes leads elsewhere from then on',
      [[dir('x'), dir('y'), symlink('x', 'l'), file('l/1', ''), symlink('y', 'l'), file('l/2', '')]],
      ['l -> y', 'x/ 755', 'x/1 644 ""', 'y/ 755', 'y/2 644 ""'],
    ],
    [
      'a directory that replaces a directory keeps what lies in it',
      [[dir('d', 0o700), file('d/a', '')], [dir('d', 0o711)]],
      ['d/ 711', 'd/a 644 ""'],
    ],
    ['a hard link shares the inode', [[file('a', '1'), hardlink('a', 'b')]], ['a 644 "1"', 'b = a']],
    ['a hard link to a lower layer', [[file('a', '1')], [hardlink('a', 'b')]], ['a 644 "1"', 'b = a']],
    [
      'a hard link keeps what its target was',
      [[file('a', '1')], [hardlink('a', 'b'), file('a', '2')]],
      ['a 644 "2"', 'b 644 "1"'],
    ],
    [
      'a hard link keeps what a later layer hides',
      [[file('a', '1'), hardlink('a', 'b')], [gone('a')]],
      ['b 644 "1"'],
    ],
    [
      "a hard link's own metadata are ignored",
      [[file('a', '1', 0o755), { ...hardlink('a', 'b'), mode: 0 }]],
      ['a 755 "1"', 'b = a'],
    ],
    ['a hard link to itself changes nothing', [[file('a', '1'), hardlink('a', 'a')]], ['a 644 "1"']],
    [
      'devices and fifos',
      [
        [
          { name: 'n', flag: '3', device: [1, 3], mode: 0o666 },
          { name: 'p', flag: '6' },
        ],
      ],
      ['n char 666 1:3', 'p fifo 644'],
    ],
  ])('%s', async (_, layers, expected) => expect(await flatten(...layers)).toEqual(expected));

  it.each<[string, string, RawMember[][]]>([
    ['a hard link to nothing', 'link-target', [[hardlink('a', 'b')]]],
    ['a hard link to a later entry', 'link-target', [[hardlink('a', 'b'), file('a')]]],
    ['a hard link to a directory', 'link-target', [[dir('a'), hardlink('a', 'b')]]],
    [
      'a hard link to a file that its layer hides',
      'link-target',
      [[file('a')], [gone('a'), hardlink('a', 'b')]],
    ],
    ['a whiteout without a name', 'whiteout', [[file('a/.wh.')]]],
    ['a parent in a loop of symlinks', 'symlink-loop', [[symlink('b', 'a'), symlink('a', 'b'), file('a/x')]]],
  ])('refuses %s', (_, code, layers) => {
    expect(() => rawImage(...layers)).toThrow(expect.objectContaining({ code }));
  });

  it('names the layer and the entry in errors', () => {
    expect(() => rawImage([hardlink('a', 'b')])).toThrow(
      /^layer sha256:[0-9a-f]{64}: "b": it is a hard link to "a"/,
    );
  });

  it('keeps the definitions of a directory by layer, and the layer of each inode', () => {
    const image = rawImage([dir('d', 0o700), file('d/a')], [file('d/b')], [dir('d', 0o711)]);
    const inode = image.tree.get('d')!;
    expect(image.definitions.get(inode)!.map(({ layer, inode: { mode } }) => [layer, mode])).toEqual([
      [0, 0o700],
      [2, 0o711],
    ]);
    expect(image.layerOf.get(image.tree.get('d/b')!)).toBe(1);
  });

  it('drops lower definitions of a directory that a whiteout hides', () => {
    const image = rawImage([dir('d', 0o700)], [gone('d'), dir('d', 0o711)]);
    expect(image.definitions.get(image.tree.get('d')!)).toHaveLength(1);
  });
});

/** A naive model of the rules for layers without symlinks: a map of paths. */
function naive(layers: readonly RawMember[][]): string[] {
  let all = new Map<string, string>();
  const below = (path: string, of: string) => of === '' || path === of || path.startsWith(`${of}/`);
  const put = (to: Map<string, string>, path: string, value: string) => {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const parent = path.slice(0, at);
      if (!to.get(parent)?.startsWith('dir')) to.set(parent, 'dir');
    }
    if (!value.startsWith('dir'))
      for (const other of to.keys()) if (below(other, path) && other !== path) to.delete(other);
    to.set(path, value);
  };
  for (const members of layers) {
    const lower = new Map(all);
    for (const { name } of members) {
      const [, parent, base] = /^(?:(.*)\/)?([^/]*)$/.exec(name)!;
      if (!base!.startsWith('.wh.')) continue;
      const target =
        base === '.wh..wh..opq' ? (parent ?? '') : `${parent ? `${parent}/` : ''}${base!.slice(4)}`;
      for (const path of lower.keys())
        if (below(path, target) && (path !== target || base !== '.wh..wh..opq')) lower.delete(path);
    }
    all = new Map(lower);
    for (const { name, flag, mode, body } of members) {
      if (!name.includes('.wh.'))
        put(all, name, flag === '5' ? `dir ${mode!.toString(8)}` : `"${body as string}"`);
    }
  }
  return [...all]
    .map(([path, value]) => (value.startsWith('dir') ? `${path}/${value.slice(3)}` : `${path} 644 ${value}`))
    .sort();
}

it('agrees with a naive model on random layers', async () => {
  const name = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 })
    .map((parts) => parts.join('/'));
  const member = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.tuple(name, fc.constantFrom('1', '2')).map(([path, body]) => file(path, body)),
    },
    {
      weight: 3,
      arbitrary: fc.tuple(name, fc.constantFrom(0o700, 0o711)).map(([path, mode]) => dir(path, mode)),
    },
    { weight: 2, arbitrary: name.map(gone) },
    { weight: 1, arbitrary: name.map(opaque) },
  );
  // The model needs whiteouts first in a layer. The cases above have whiteouts after what their own layer replaces.
  const layer = fc
    .array(member, { maxLength: 8 })
    .map((members) => [
      ...members.filter(({ name: path }) => path.includes('.wh.')),
      ...members.filter(({ name: path }) => !path.includes('.wh.')),
    ]);
  await fc.assert(
    fc.asyncProperty(fc.array(layer, { minLength: 1, maxLength: 4 }), async (layers) => {
      expect((await flatten(...layers)).sort()).toEqual(naive(layers));
    }),
    { numRuns: 300 },
  );
});
