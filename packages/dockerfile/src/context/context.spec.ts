import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contextFolder, type Files } from '../__tests__/build.js';
import { readIgnore } from './ignore.js';
import { contextShape, listContext } from './list-context.js';

const FILES = [
  'a.go',
  'b.md',
  'docs/b.md',
  'docs/deep/c.md',
  'node_modules/x/y.js',
  'sub/node_modules/z.js',
  'a+b.txt',
];

function listed(ignore: string, paths: readonly string[] = FILES): string[] {
  const folder = contextFolder(Object.fromEntries(paths.map((path) => [path, path])));
  try {
    const entries = listContext({ folder, ignores: readIgnore(ignore, '.dockerignore') });
    return entries.filter(({ type }) => type === 'file').map(({ path }) => path);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
const without = (...paths: string[]) => FILES.filter((path) => !paths.includes(path)).sort();

describe('.dockerignore', () => {
  test.each<[string, string[]]>([
    ['', without()],
    ['*.md', without('b.md')],
    ['**/*.md', without('b.md', 'docs/b.md', 'docs/deep/c.md')],
    ['docs', without('docs/b.md', 'docs/deep/c.md')],
    ['/docs/', without('docs/b.md', 'docs/deep/c.md')],
    ['**/node_modules', without('node_modules/x/y.js', 'sub/node_modules/z.js')],
    ['docs\n!docs/deep', without('docs/b.md')],
    ['*\n!a.go', ['a.go']],
    ['# a.go\n\n  b.md  ', without('b.md')],
    ['a+b.txt', without('a+b.txt')],
    ['?.go', without('a.go')],
    ['A.go', without()],
  ])('%j', (ignore, expected) => expect(listed(ignore)).toEqual(expected));

  test('refuses a pattern that is no pattern', () => {
    expect(() => readIgnore('[', '.dockerignore')).toThrow('a pattern is not valid');
  });
});

test('the shape has names, kinds, executable bits, link targets and empty folders, and no contents', () => {
  const shapeOf = (files: Files, change: (folder: string) => void = () => undefined) => {
    const folder = contextFolder(files);
    change(folder);
    const shape = contextShape(listContext({ folder }));
    rmSync(folder, { recursive: true });
    return shape;
  };
  const files = { a: 'text', link: '-> a' };
  const same = shapeOf(files);
  expect(shapeOf({ ...files, a: 'other' })).toEqual(same);
  expect(shapeOf(files, (folder) => chmodSync(join(folder, 'a'), 0o600))).toEqual(same);
  expect(shapeOf(files, (folder) => chmodSync(join(folder, 'a'), 0o755))).not.toEqual(same);
  expect(shapeOf({ ...files, link: '-> b' })).not.toEqual(same);
  expect(shapeOf({ a: 'text', b: '-> a' })).not.toEqual(same);
  expect(shapeOf(files, (folder) => mkdirSync(join(folder, 'empty')))).not.toEqual(same);
});

test('refuses a fifo by its name', () => {
  const folder = contextFolder({});
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  expect(() => listContext({ folder })).toThrow(/pipe is no file, folder or symlink/);
  rmSync(folder, { recursive: true });
});

test('refuses a symlink whose target is no UTF-8: two such targets would have one key and one image', () => {
  const folder = contextFolder({});
  symlinkSync(Buffer.from([0xff]), join(folder, 'link'));
  expect(() => listContext({ folder })).toThrow(/link has a target that is no UTF-8/);
  expect(listContext({ folder, ignores: readIgnore('link', '.dockerignore') })).toEqual([]);
  rmSync(folder, { recursive: true });
});

test('further folders have their places in the context', () => {
  const [folder, other] = [contextFolder({ a: '1' }), contextFolder({ b: '2' })];
  writeFileSync(join(other, 'c'), '3');
  const entries = listContext({ folder, more: { 'x/y': other } });
  expect(entries.map(({ path }) => path)).toEqual(['a', 'x/y', 'x/y/b', 'x/y/c']);
  for (const made of [folder, other]) rmSync(made, { recursive: true });
});
