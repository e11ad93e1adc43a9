import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { folderEntries } from './source-folder.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'source-folder-')));
  for (const path of ['b/c.conf', 'b/d.bak', 'b.conf', 'B.conf', 'bin/run', 'lib/bin/x', '.hidden'])
    write(path);
  mkdirSync(join(root, 'empty/below'), { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

function write(path: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), path);
}

const paths = (selection: Parameters<typeof folderEntries>[1] = {}) =>
  folderEntries(root, selection).map(({ path }) => path);

it('all files of a folder are taken, sorted by code units, without empty directories', () => {
  expect(paths()).toEqual(['.hidden', 'B.conf', 'b/c.conf', 'b/d.bak', 'b.conf', 'bin/run', 'lib/bin/x']);
});

it.each([
  [{ include: ['*.conf'] }, ['B.conf', 'b/c.conf', 'b.conf']],
  [{ include: ['/b.*'] }, ['b.conf']],
  [{ include: ['bin/'] }, ['bin/run', 'lib/bin/x']],
  [{ include: ['/bin/'] }, ['bin/run']],
  [{ include: ['*.conf', '!c.conf'] }, ['B.conf', 'b.conf']],
  [{ exclude: ['b/', '/lib', '.*', 'run'] }, ['B.conf', 'b.conf']],
  [{ include: ['*.conf', '*.bak'], exclude: ['b/*', '!d.bak'] }, ['B.conf', 'b/d.bak', 'b.conf']],
])('%j takes what git would match', (selection, expected) => {
  expect(paths(selection)).toEqual(expected);
});

it('links are followed, those to folders with all that lies there', () => {
  write('far/e/f');
  symlinkSync('../far', join(root, 'b/far'));
  symlinkSync('b.conf', join(root, 'link'));
  symlinkSync('nowhere', join(root, 'broken'));
  expect(folderEntries(root, { include: ['/b/far', 'link', 'broken'] })).toEqual([
    { path: 'b/far', below: 'b/far', source: join(root, 'b/far'), type: 'linked-folder' },
    { path: 'b/far/e/f', below: 'e/f', source: join(root, 'b/far/e/f'), type: 'file' },
    { path: 'broken', below: 'broken', source: join(root, 'broken'), type: 'link' },
    { path: 'link', below: 'link', source: join(root, 'link'), type: 'link' },
  ]);
});

it.each(['.', '..', '../../lib/bin'])('a link to a folder around it is refused: %s', (text) => {
  symlinkSync(text, join(root, 'lib/bin/loop'));
  symlinkSync('bin/loop', join(root, 'lib/loop'));
  expect(() => paths()).toThrow(expect.objectContaining({ code: 'unreadable-file' }));
  expect(paths({ exclude: ['loop'] })).toContain('lib/bin/x');
});

it('a name that is no UTF-8 is refused', () => {
  writeFileSync(Buffer.concat([Buffer.from(join(root, 'bad')), Buffer.from([0xff])]), '');
  expect(() => paths()).toThrow(expect.objectContaining({ code: 'unusable-path' }));
});
