import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Trails } from './trail.js';
import { folderEntries } from '@nx-linuxkit/stages/plan';
import { nxFiles } from '../__tests__/nx-files.js';
import { filesetOf } from './glob.js';
import { Watch } from './watch.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'nx-linuxkit-watch-')));
  write('.gitignore', '*.o\n');
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string, text = ''): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function link(path: string, text: string | Buffer): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(text, join(root, path));
}

const seen = (path: string, hashesIgnored = true) => new Watch(root, hashesIgnored).file(join(root, path));

describe('what Nx must watch for a file', () => {
  it('is the file', () => expect(seen('a/b')).toEqual({ links: [], target: ['a/b'] }));

  it('is each link of a chain and what it leads to', () => {
    link('a', 'b/c');
    link('b', 'd');
    link('d/c', '../e');
    expect(seen('a')).toEqual({ links: ['a', 'b', 'd/c'], target: ['e'] });
  });

  it('is found below the real path of a workspace that is reached through a link', () => {
    link('there', 'here');
    write('here/a');
    expect(new Watch(join(root, 'there')).file(join(root, 'there/a'))).toEqual({ links: [], target: ['a'] });
  });

  it('may have a name that begins with two dots', () => {
    expect(seen('..a')).toEqual({ links: [], target: ['..a'] });
  });

  it.each([
    ['/etc/hostname', 'the symlink l leads outside the workspace'],
    ['../x', 'the symlink l leads outside the workspace'],
    ['l', 'the symlink l leads nowhere'],
    [Buffer.from([0x61, 0xff]), 'the symlink l leads nowhere'],
  ])('cannot be watched behind a link to %s', (text, reason) => {
    link('l', text);
    expect(seen('l').unwatched).toBe(reason);
  });

  it.each([
    ['a git-ignored file', 'x.o', false, true],
    ['a git-ignored link', 'l.o', false, false],
    ['a link to a git-ignored file', 'l', false, true],
  ])('is %s, if Nx hashes those', (_, path, by23, by24) => {
    link('l', 'x.o');
    link('l.o', 'y');
    expect([seen(path, false).unwatched === undefined, seen(path, true).unwatched === undefined]).toEqual([
      by23,
      by24,
    ]);
  });

  it.each(['b/x~', '~', '~a~~b~'])(
    'cannot be watched by a daemon, whose name ends as that of a backup file: %s',
    (path) => {
      const unwatched = `Nx's daemon does not watch ${path}, whose name ends in ~`;
      expect(new Watch(root, true, true).file(join(root, path))).toMatchObject({ unwatched });
      expect(new Watch(root, true, false).file(join(root, path)).unwatched).toBeUndefined();
    },
  );

  it('cannot be watched by a daemon behind a symlink, which may become another one unseen', () => {
    link('a', 'b/c');
    const inDaemon = new Watch(root, true, true);
    for (const seenBy of [inDaemon.file(join(root, 'a')), inDaemon.document(join(root, 'a'))])
      expect(seenBy.unwatched).toBe("Nx's daemon does not see where the symlink a leads");
    expect(inDaemon.file(join(root, 'b/c')).unwatched).toBeUndefined();
  });

  it('is no git-ignored file that inference reads, because a daemon does not infer again', () => {
    expect(new Watch(root, true).document(join(root, 'x.o')).unwatched).toBe('x.o is git-ignored');
  });
});

describe('what Nx must watch for a folder', () => {
  it('is all that lies below, also behind links and in a loop of them', () => {
    write('a/b/c');
    link('a/l', '../shared');
    write('shared/d');
    link('shared/loop', '../a');
    expect(new Watch(root).tree(join(root, 'a'))).toMatchObject({
      links: expect.arrayContaining(['a/l', 'shared/loop']),
      target: expect.arrayContaining(['a', 'a/b', 'a/b/c', 'shared', 'shared/d']),
      unwatched: undefined,
    });
  });

  it('cannot be watched when one file below cannot', () => {
    write('a/b.o');
    expect(new Watch(root, false).tree(join(root, 'a')).unwatched).toBe('a/b.o is git-ignored');
  });

  it('is refused with the name of a file that is no UTF-8', () => {
    mkdirSync(join(root, 'a'));
    writeFileSync(Buffer.concat([Buffer.from(join(root, 'a/')), Buffer.from([0xff])]), '');
    expect(() => new Watch(root).tree(join(root, 'a'))).toThrow(
      expect.objectContaining({ code: 'unusable-path', message: expect.stringContaining('no UTF-8') }),
    );
  });
});

describe('what a folder of `files` has that Nx does not see', () => {
  const NAMES = [
    'a',
    '.a',
    'x.o',
    'b/c',
    'vite.config.ts',
    '.jj/a',
    '.git/config',
    'b/node_modules/c',
    '.nx/cache/a',
    '.nx/other',
    '.yarn/cache/a',
    'vite.config.ts.timestamp-1.mjs',
    'b/vitest.config.mts.timestamp-1.mjs',
  ];

  it.each(NAMES)('%s is known to be seen or unseen', (name) => {
    write(`folder/${name}`);
    const found = new Watch(root, true).folder(join(root, 'folder'), () =>
      folderEntries(join(root, 'folder'), {}),
    );
    const seen = nxFiles(root).onDisk(filesetOf('folder', 'below').replace('{workspaceRoot}/', ''));
    expect(found.unwatched === undefined).toBe(seen.includes(`folder/${name}`));
  });
});

it('more links than Linux follows lead nowhere', () => {
  for (let i = 0; i < 50; i += 1) link(`l${i}`, `l${i + 1}`);
  const trails = new Trails(root);
  expect(['l0', 'l15'].map((name) => trails.of(join(root, name)).broken)).toEqual([true, false]);
});
