import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { treeHash } from './tree-hash.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'tree-hash-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], {
    cwd: root,
    encoding: 'utf8',
  }).trim();

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Files of all modes, names that git sorts otherwise than a list does, and files that it ignores. */
function commitAll(...format: string[]): void {
  git('init', '-q', ...format);
  write({
    '.gitignore': '*.log\n/pkg/app/out/\n',
    'pkg/app/Dockerfile': 'FROM scratch\n',
    'pkg/app/a/x': 'x',
    'pkg/app/a.b': 'b',
    'pkg/app/a0': '0',
    'pkg/app/ä/ö': 'ü',
    'pkg/app/empty': '',
    'pkg/app/.gitignore': 'only-here\n',
    'pkg/app/large': 'l'.repeat(3_000_000),
    'pkg/app/run.sh': '#!/bin/sh\n',
    'pkg/app/x.log': 'ignored',
    'pkg/app/out/made': 'ignored',
    'pkg/app/only-here': 'ignored',
  });
  mkdirSync(join(root, 'pkg/app/no-files/below'), { recursive: true });
  chmodSync(join(root, 'pkg/app/run.sh'), 0o755);
  symlinkSync('a/x', join(root, 'pkg/app/link'));
  symlinkSync('nowhere', join(root, 'pkg/app/broken'));
  git('add', '-A');
  git('commit', '-q', '-m', 'c');
}

const app = () => join(root, 'pkg/app');

test.each([
  ['sha1', []],
  ['sha256', ['--object-format=sha256']],
] as const)('gives what git gives, for %s', (algorithm, format) => {
  commitAll(...format);
  expect(treeHash(app(), algorithm)).toBe(git('rev-parse', 'HEAD:pkg/app'));
  expect(treeHash(root, algorithm)).toBe(git('rev-parse', 'HEAD^{tree}'));
});

test.each<[string, () => void]>([
  ['a changed byte', () => write({ 'pkg/app/a0': '1' })],
  ['a new file', () => write({ 'pkg/app/new': '' })],
  ['a mode', () => chmodSync(join(app(), 'a0'), 0o755)],
  ['a removed file', () => rmSync(join(app(), 'a0'))],
])('%s changes it', (_, change) => {
  commitAll();
  const before = treeHash(app(), 'sha1');
  change();
  expect(treeHash(app(), 'sha1')).not.toBe(before);
});

test('what git ignores, and what lies outside of the folder, leaves it as it is', () => {
  commitAll();
  const before = treeHash(app(), 'sha1');
  write({ 'pkg/app/y.log': 'y', 'pkg/app/only-here': 'other', 'pkg/other': 'x' });
  expect(treeHash(app(), 'sha1')).toBe(before);
});

test('a folder without files has none, nor has one that holds another repository', () => {
  mkdirSync(join(root, 'empty'));
  expect(treeHash(join(root, 'empty'), 'sha1')).toBeUndefined();
  write({ 'outer/inner/.git/HEAD': '', 'outer/a': 'a' });
  expect(treeHash(join(root, 'outer'), 'sha1')).toBeUndefined();
});

test('files outside of a repository have one too', () => {
  write({ 'plain/a': 'a' });
  const blob = git('hash-object', join(root, 'plain/a'));
  git('init', '-q');
  const tree = execFileSync('git', ['mktree', '--missing'], {
    cwd: root,
    input: `100644 blob ${blob}\ta\n`,
    encoding: 'utf8',
  });
  rmSync(join(root, '.git'), { recursive: true });
  expect(treeHash(join(root, 'plain'), 'sha1')).toBe(tree.trim());
});
