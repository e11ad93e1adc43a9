import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { IgnoreRules } from '@nx-linuxkit/stages/plan';
import fc from 'fast-check';
import { nxFiles } from '../__tests__/nx-files.js';

let root: string;
let config: string | undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-ignore-'));
  config = process.env.XDG_CONFIG_HOME;
  process.env.XDG_CONFIG_HOME = join(root, '.config');
});
afterEach(() => {
  rmSync(root, { recursive: true });
  if (config === undefined) delete process.env.XDG_CONFIG_HOME;
  else process.env.XDG_CONFIG_HOME = config;
});

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

const RULES = {
  '.gitignore': 'root.txt\n*.wasm\n!keep.wasm\nfolder/\n!folder/keep\nCASE\n/top\n',
  '.nxignore': 'by-nx\n!seen.wasm\n',
  '.ignore': 'by-ripgrep\n',
  '.git/info/exclude': 'excluded\n',
  'a/.gitignore': 'in-a\n!again.wasm\n',
  'a/.nxignore': '!root.txt\n',
  'a/b/.gitignore': '*\n!ok\n',
};

it.each([
  ['root.txt', true],
  ['x.wasm', true],
  ['keep.wasm', false],
  ['folder/keep', true],
  ['folder/x', true],
  ['top', true],
  ['a/top', false],
  ['by-nx', true],
  ['seen.wasm', false],
  ['by-ripgrep', false],
  ['excluded', true],
  ['a/in-a', true],
  ['a/again.wasm', false],
  ['a/root.txt', false],
  ['a/b/no', true],
  ['a/b/ok', false],
  ['a/b/c.wasm', true],
  ['case', false],
  ['CASE', true],
  ['node_modules/x', true],
  ['a/node_modules/x', true],
  ['.nx/cache/x', true],
  ['.hidden', false],
])('%s is ignored by Nx and by the rules: %s', (path, ignored) => {
  write(root, { ...RULES, [path]: 'text' });
  expect(new IgnoreRules(root, 'nx').ignores(path)).toBe(ignored);
  expect(!nxFiles(root).glob('**/*').includes(path)).toBe(ignored);
});

const names = fc.constantFrom('a', 'b', 'c.x', 'd.y');
const pattern = fc
  .record({
    not: fc.constantFrom('', '', '!'),
    start: fc.constantFrom('', '/', '**/'),
    body: fc.constantFrom('a', 'b', '*.x', '*.y', 'a/b', 'a/*', 'b/**', '?', '[ab]', '*'),
    end: fc.constantFrom('', '', '/'),
  })
  .map(({ not, start, body, end }) => `${not}${start}${body}${end}`);
const rules = fc.array(pattern, { minLength: 1, maxLength: 4 }).map((lines) => `${lines.join('\n')}\n`);
const path = fc.array(names, { minLength: 1, maxLength: 4 }).map((parts) => [...parts, 'file'].join('/'));

it('nothing that Nx does not see counts as seen, whatever the rules are', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(path, { minLength: 5, maxLength: 15 }),
      fc.dictionary(fc.constantFrom('.gitignore', '.nxignore', 'a/.gitignore', 'b/.nxignore'), rules, {
        minKeys: 1,
      }),
      (paths, ruleFiles) => {
        const folder = mkdtempSync(join(root, 'w-'));
        write(folder, {
          '.git/HEAD': '',
          ...Object.fromEntries(paths.map((file) => [file, ''])),
          ...ruleFiles,
        });
        const seen = new Set(nxFiles(folder).glob('**/*'));
        const known = new IgnoreRules(folder, 'nx');
        for (const file of paths)
          expect([file, !known.ignores(file) && !seen.has(file)]).toEqual([file, false]);
      },
    ),
    { numRuns: 100 },
  );
});
