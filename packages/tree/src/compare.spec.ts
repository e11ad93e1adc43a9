import { dir, file, hardlink, pax, rawImage, symlink, type RawMember } from './__tests__/raw-tar.js';
import { compareTrees } from './compare.js';

const differences = async (a: RawMember[], b: RawMember[], options = {}) =>
  (await compareTrees(rawImage(a).tree, rawImage(b).tree, options)).map(
    ({ path, message }) => `${path}: ${message}`,
  );

it.each<[RawMember[], RawMember[], string[]]>([
  [[file('a')], [file('a')], []],
  [[file('a', '1')], [file('a', '2')], ['a: content differs']],
  [[file('a', '1')], [file('a', '22')], ['a: size is 2, expected 1']],
  [[file('a')], [dir('a')], ['a: type is dir, expected file']],
  [[file('a', '', 0o755)], [file('a', '', 0o644)], ['a: mode is 0644, expected 0755']],
  [[{ ...file('a'), uid: 1, gid: 2 }], [file('a')], ['a: uid is 0, expected 1', 'a: gid is 0, expected 2']],
  [
    [file('a'), file('b')],
    [file('b'), file('c')],
    ['a: missing', 'c: extra'],
  ],
  [[symlink('x', 'l')], [{ ...symlink('y', 'l'), mode: 0 }], ['l: target is y, expected x']],
  [
    [{ name: 'n', flag: '3', device: [1, 3] }],
    [{ name: 'n', flag: '3', device: [1, 5] }],
    ['n: device is 1:5, expected 1:3'],
  ],
  [[pax({ 'SCHILY.xattr.user.a': 'b' }), file('a')], [file('a')], ['a: xattrs is , expected user.a=62']],
  [
    [file('a', '1'), hardlink('a', 'b')],
    [file('a', '1'), file('b', '1')],
    ['b: is a file of its own, expected a hard link to a'],
  ],
  [
    [file('a', '1'), file('b', '1')],
    [file('a', '1'), hardlink('a', 'b')],
    ['b: is a hard link to a, expected a file of its own'],
  ],
  [[{ ...file('a'), mtime: 1 }, dir('./', 0o700)], [file('a')], []],
])('case %#', async (a, b, expected) => expect(await differences(a, b)).toEqual(expected));

it('compares times and xattrs as asked', async () => {
  const a = [
    { ...file('f'), mtime: 1 },
    { ...dir('d'), mtime: 1 },
  ];
  const b = [pax({ 'SCHILY.xattr.user.a': 'b' }), { ...file('f'), mtime: 2 }, { ...dir('d'), mtime: 2 }];
  expect(await differences(a, b, { mtimes: 'all', xattrs: false })).toEqual([
    'd: mtime is 2, expected 1',
    'f: mtime is 2, expected 1',
  ]);
  expect(await differences(a, b, { mtimes: 'not-dirs', xattrs: false })).toEqual([
    'f: mtime is 2, expected 1',
  ]);
});
