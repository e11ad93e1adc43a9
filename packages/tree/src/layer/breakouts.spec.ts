import { contentOf } from '../__tests__/listing.js';
import { dir, file, hardlink, rawImage, symlink, type RawMember } from '../__tests__/raw-tar.js';
import type { Tree } from '../tree.js';

/** The attacks of containerd's TestBreakouts (pkg/archive/tar_test.go), by name. Here nothing can touch the host. */
interface Breakout {
  name: string;
  /** The lower layer. */
  below?: RawMember[];
  layer: RawMember[];
  check?: (tree: Tree) => void | Promise<void>;
  /** The error's code, if the layer must be refused. */
  code?: string;
}

const passwd = [dir('etc', 0o770), file('/etc/passwd', 'inside')];
const sameFile = (a: string, b: string) => (tree: Tree) => {
  const inode = tree.get(tree.realpath(a));
  expect(inode?.type).toBe('file');
  expect(inode).toBe(tree.get(tree.realpath(b)));
};
const sameSymlink = (a: string, b: string) => (tree: Tree) => {
  expect(tree.get(a)?.type).toBe('symlink');
  expect(tree.get(a)).toBe(tree.get(b));
};
const has = (path: string, text: string) => async (tree: Tree) =>
  expect(await contentOf(tree.get(path))).toBe(text);
const lacks = (path: string) => (tree: Tree) => expect(tree.get(path)).toBeUndefined();
const unbroken = has('etc/unbroken', 'unbroken');

const BREAKOUTS: Breakout[] = [
  {
    name: 'SymlinkAbsolute',
    layer: [dir('etc'), symlink('/etc', 'localetc'), file('/localetc/unbroken', 'unbroken')],
    check: unbroken,
  },
  {
    name: 'SymlinkUpAndOut',
    layer: [
      dir('etc'),
      dir('dummy'),
      symlink('/dummy/../etc', 'localetc'),
      file('/localetc/unbroken', 'unbroken'),
    ],
    check: unbroken,
  },
  {
    name: 'SymlinkMultipleAbsolute',
    layer: [
      dir('etc'),
      dir('dummy'),
      symlink('/etc', '/dummy/etc'),
      symlink('/dummy/etc', 'localetc'),
      file('/localetc/unbroken', 'unbroken'),
    ],
    check: unbroken,
  },
  {
    name: 'SymlinkMultipleRelative',
    layer: [
      dir('etc'),
      dir('dummy'),
      symlink('/etc', '/dummy/etc'),
      symlink('./dummy/etc', 'localetc'),
      file('/localetc/unbroken', 'unbroken'),
    ],
    check: unbroken,
  },
  {
    name: 'SymlinkEmptyFile',
    layer: [
      dir('etc'),
      file('etc/emptied', 'notempty'),
      symlink('/etc', 'localetc'),
      file('/localetc/emptied', ''),
    ],
    check: has('etc/emptied', ''),
  },
  {
    name: 'HardlinkRelative',
    layer: [
      ...passwd,
      dir('breakouts'),
      symlink('../../etc', 'breakouts/d1'),
      hardlink('/breakouts/d1/passwd', 'breakouts/mypasswd'),
    ],
    check: sameFile('breakouts/mypasswd', 'etc/passwd'),
  },
  {
    name: 'HardlinkDownAndOut',
    layer: [
      ...passwd,
      dir('breakouts'),
      dir('downandout'),
      symlink('../downandout/../../etc', 'breakouts/d1'),
      hardlink('/breakouts/d1/passwd', 'breakouts/mypasswd'),
    ],
    check: sameFile('breakouts/mypasswd', 'etc/passwd'),
  },
  {
    name: 'HardlinkAbsolute',
    layer: [...passwd, symlink('/etc', 'localetc'), hardlink('/localetc/passwd', 'localpasswd')],
    check: sameFile('localpasswd', 'etc/passwd'),
  },
  {
    name: 'HardlinkRelativeLong',
    layer: [
      ...passwd,
      symlink('../../../../../../../etc', 'localetc'),
      hardlink('/localetc/passwd', 'localpasswd'),
    ],
    check: sameFile('localpasswd', 'etc/passwd'),
  },
  {
    name: 'HardlinkRelativeUpAndOut',
    layer: [
      ...passwd,
      symlink('upandout/../../../etc', 'localetc'),
      hardlink('/localetc/passwd', 'localpasswd'),
    ],
    check: sameFile('localpasswd', 'etc/passwd'),
  },
  {
    name: 'HardlinkDirectRelative',
    layer: [...passwd, hardlink('../../../../../etc/passwd', 'localpasswd')],
    code: 'unsafe-path',
  },
  {
    name: 'HardlinkDirectAbsolute',
    layer: [...passwd, hardlink('/etc/passwd', 'localpasswd')],
    check: sameFile('localpasswd', 'etc/passwd'),
  },
  {
    name: 'SymlinkParentDirectory',
    layer: [...passwd, symlink('/etc/', '..'), hardlink('/etc/passwd', 'localpasswd')],
    code: 'unsafe-path',
  },
  {
    name: 'SymlinkEmptyFilename',
    layer: [...passwd, symlink('/etc/', ''), hardlink('/etc/passwd', 'localpasswd')],
    code: 'unsafe-path',
  },
  {
    name: 'SymlinkParentRelative',
    layer: [...passwd, symlink('/etc/', 'localetc/sub/..'), hardlink('/etc/passwd', '/localetc/localpasswd')],
    code: 'unsafe-path',
  },
  {
    name: 'SymlinkSlashEnded',
    layer: [...passwd, dir('localetc/'), hardlink('/etc/passwd', '/localetc/localpasswd')],
    check: sameFile('localetc/localpasswd', 'etc/passwd'),
  },
  {
    name: 'SymlinkOverrideDirectory',
    below: [...passwd, dir('localetc')],
    layer: [symlink('/etc', 'localetc'), hardlink('/etc/passwd', '/localetc/localpasswd')],
    check: sameFile('etc/localpasswd', 'etc/passwd'),
  },
  {
    name: 'SymlinkOverrideDirectoryRelative',
    below: [...passwd, dir('localetc')],
    layer: [symlink('../../etc', 'localetc'), hardlink('/etc/passwd', '/localetc/localpasswd')],
    check: sameFile('etc/localpasswd', 'etc/passwd'),
  },
  {
    name: 'DirectoryOverrideSymlink',
    below: [...passwd, symlink('/etc', 'localetc')],
    layer: [dir('/localetc/'), hardlink('/etc/passwd', '/localetc/localpasswd')],
    check: (tree) => {
      sameFile('localetc/localpasswd', 'etc/passwd')(tree);
      lacks('etc/localpasswd')(tree);
    },
  },
  {
    name: 'DirectoryOverrideSymlinkAndHardlink',
    below: [...passwd, symlink('etc', 'localetc'), hardlink('/etc/passwd', '/localetc/localpasswd')],
    layer: [dir('/localetc/'), file('/localetc/localpasswd', 'different')],
    check: async (tree) => {
      await has('etc/passwd', 'inside')(tree);
      await has('localetc/localpasswd', 'different')(tree);
    },
  },
  { name: 'WhiteoutRootParent', below: passwd, layer: [file('.wh...', '')], code: 'whiteout' },
  { name: 'WhiteoutParent', below: passwd, layer: [file('etc/.wh...', '')], code: 'whiteout' },
  { name: 'WhiteoutRoot', below: passwd, layer: [file('.wh..', '')], code: 'whiteout' },
  { name: 'WhiteoutCurrentDirectory', below: passwd, layer: [file('etc/.wh..', '')], code: 'whiteout' },
  {
    name: 'WhiteoutSymlink',
    below: [...passwd, symlink('/etc', 'localetc')],
    layer: [file('.wh.localetc', '')],
    check: async (tree) => {
      await has('etc/passwd', 'inside')(tree);
      lacks('localetc')(tree);
    },
  },
  {
    name: 'WhiteoutSymlinkPath',
    below: [...passwd, file('etc/whitedout'), symlink('/etc', 'localetc')],
    layer: [file('localetc/.wh.whitedout', '')],
    check: async (tree) => {
      await has('etc/passwd', 'inside')(tree);
      lacks('etc/whitedout')(tree);
    },
  },
  {
    name: 'WhiteoutDirectoryName',
    below: passwd,
    layer: [file('.wh.etc/somefile', 'non-empty')],
    check: async (tree) => {
      await has('etc/passwd', 'inside')(tree);
      await has('.wh.etc/somefile', 'non-empty')(tree);
    },
  },
  {
    name: 'WhiteoutDeadSymlinkParent',
    below: [...passwd, symlink('/dne', 'localetc')],
    layer: [file('localetc/.wh.etc', '')],
    check: has('etc/passwd', 'inside'),
  },
  { name: 'WhiteoutRelativePath', below: passwd, layer: [file('dne/../.wh.etc', '')], code: 'unsafe-path' },
  {
    name: 'HardlinkSymlinkBeforeCreateTarget',
    layer: [
      dir('etc'),
      symlink('/etc/passwd', 'localpasswd'),
      hardlink('localpasswd', 'localpasswd-dup'),
      file('/etc/passwd', 'after'),
    ],
    check: sameFile('localpasswd-dup', 'etc/passwd'),
  },
  {
    name: 'HardlinkSymlinkRelative',
    layer: [
      ...passwd,
      symlink('../../../../../etc/passwd', 'passwdlink'),
      hardlink('/passwdlink', 'localpasswd'),
    ],
    check: (tree) => {
      sameSymlink('localpasswd', 'passwdlink')(tree);
      sameFile('localpasswd', 'etc/passwd')(tree);
    },
  },
  {
    name: 'HardlinkSymlinkAbsolute',
    layer: [...passwd, symlink('/etc/passwd', 'passwdlink'), hardlink('/passwdlink', 'localpasswd')],
    check: (tree) => {
      sameSymlink('localpasswd', 'passwdlink')(tree);
      sameFile('localpasswd', 'etc/passwd')(tree);
    },
  },
  {
    name: 'HardlinkSymlinkChmod',
    layer: [
      file('perm400', '', 0o400),
      symlink('/perm400', 'sketchy'),
      { ...hardlink('sketchy', 'sketchylink'), mode: 0o777 },
    ],
    check: (tree) => expect(tree.get('perm400')?.mode).toBe(0o400),
  },
];

describe('breakouts', () => {
  it.each(BREAKOUTS)('$name', async ({ below, layer, check, code }) => {
    const apply = () => rawImage(...(below ? [below] : []), layer).tree;
    if (code) expect(apply).toThrow(expect.objectContaining({ code }));
    else await check!(apply());
  });
});
