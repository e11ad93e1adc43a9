import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { bytesContent, nameToBytes, type Entry } from '@nx-linuxkit/tree';
import { inodeOf } from './__tests__/sample-tree.js';
import { run, scratch } from './__tests__/tools.js';
import { ROOT_FILE_SYSTEMS, type RootFileSystem } from './root-file-systems.js';

/**
 * Names that tools, shells and other systems give a meaning to; for Linux they are names. The longest has 253 bytes,
 * because ISO 9660 holds no longer one.
 */
const NAMES = [
  ...[
    '-rf',
    '--help',
    ' ',
    'trailing ',
    'trailing.',
    '...',
    '~',
    '*',
    '?',
    'a\nb',
    'tab\t',
    'back\\slash',
    '$(touch x)',
  ],
  ...[
    '`x`',
    '"',
    "'",
    ';',
    '|',
    '%s%n',
    '\x01\x1b[31m',
    '\x7f',
    'CON',
    'nul.txt',
    'a:b',
    'case',
    'CASE',
    'cafe\u0301',
  ],
  ...[
    'caf\u00e9',
    '\u202eexe',
    '\ufeff',
    '\udcff\udcfe',
    'n'.repeat(253),
    '.wh.x',
    'TRAILER!!!',
    'lost+found',
  ],
];
/** Targets that lead out of the tree, or nowhere. */
const TARGETS = [
  '../../../../../../etc/passwd',
  '/etc/passwd',
  '/',
  '..',
  'loop',
  `${'a/../'.repeat(200)}b`,
  '/proc/self/root',
  'usr/bin/',
  '/usr/',
  './',
  '../',
];

function hostileTree(): Entry[] {
  const deep = Array.from(
    { length: 60 },
    (_, i) => [`deep${'/d'.repeat(i)}`, inodeOf('dir', 0o755)] as const,
  );
  const paths = [
    ['', inodeOf('dir', 0o755)] as const,
    ...NAMES.map((name, i) => [name, inodeOf('file', 0o644, { content: bytesContent(`${i}`) })] as const),
    ...TARGETS.map((target, i) => [`to${i}`, inodeOf('symlink', 0o777, { target })] as const),
    ...deep,
  ];
  return paths.map(([path, inode]) => ({ path, inode })).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Every path below a folder, as bytes in latin1, with the target of a symlink. */
function listed(root: Buffer, prefix = ''): string[] {
  return readdirSync(root, { encoding: 'buffer' }).flatMap((name) => {
    const path = Buffer.concat([root, Buffer.from('/'), name]);
    const shown = prefix + name.toString('latin1');
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) return [`${shown} -> ${readlinkSync(path)}`];
    return stat.isDirectory() ? [shown, ...listed(path, `${shown}/`)] : [shown];
  });
}

const expected = hostileTree()
  .filter(({ path }) => path !== '')
  .map(({ path, inode }) => {
    const shown = nameToBytes(path).toString('latin1');
    return inode.target === undefined ? shown : `${shown} -> ${inode.target}`;
  })
  .sort();

describe('a tree of hostile names and links', () => {
  const directory = scratch();

  it.each<[RootFileSystem, (image: string, to: string) => string]>([
    ['squashfs', (image, to) => run('unsquashfs', '-q', '-n', '-d', to, image)],
    ['erofs', (image, to) => run('fsck.erofs', `--extract=${to}`, image)],
    [
      'iso9660',
      (image, to) => run('xorriso', '-osirrox', 'on', '-indev', `stdio:${image}`, '-extract', '/', to),
    ],
  ])('is in %s as it was, by its own tool', async (name, extract) => {
    const image = join(directory, name);
    await ROOT_FILE_SYSTEMS[name](hostileTree(), image);
    const to = join(directory, `${name}.out`);
    extract(image, to);
    expect(listed(Buffer.from(to)).sort()).toEqual(expected);
  });
});
