import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildArguments } from './build-arguments.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-arguments-'));
  for (const [name, text] of [
    ['app', 'image: app\n'],
    ['my-tool', 'image: my-tool\norg: acme/x\n'],
    ['.hidden', 'image: hidden\n'],
  ]) {
    mkdirSync(join(folder, 'pkg', name), { recursive: true });
    writeFileSync(join(folder, 'pkg', name, 'build.yml'), text);
  }
  writeFileSync(join(folder, 'pkg/file'), '');
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (...lines: string[]) => buildArguments(lines, join(folder, 'pkg/app'), 'pkg/app/build.yml');

test('a value keeps its equals signs, and a later line wins', () => {
  expect(read('A=1', 'B=x=y ', 'A=2')).toEqual({ A: '2', B: 'x=y' });
});

test('a package is named by its folder, which is what FROM then looks for', () => {
  expect(read('BASE=@lkt:pkg:../my-tool')).toEqual({ BASE: '@lkt:pkg:../my-tool' });
  expect(
    buildArguments(['BASE=@lkt:pkg:../my-tool'], join(folder, 'pkg/app'), 'args', { isAbsolute: true }),
  ).toEqual({ BASE: `@lkt:pkg:${join(folder, 'pkg/my-tool')}` });
});

test('a pattern gives an argument for each folder, named by its image; hidden folders and files are left out', () => {
  const expected = { X_LINUXKIT_APP_Y: '@lkt:pkg:../app', X_ACME_X_MY_TOOL_Y: '@lkt:pkg:../my-tool' };
  expect(read('X_%_Y=@lkt:pkgs:../*')).toEqual(expected);
  expect(Object.keys(read(`%=@lkt:pkgs:${folder}/pkg/my-*`))).toEqual(['ACME_X_MY_TOOL']);
});

test.each([
  ['A', 'expected NAME=value, got "A"'],
  ['=1', 'expected NAME=value, got "=1"'],
  ['A=@lkt:tag:x', 'expected @lkt:pkg:FOLDER or @lkt:pkgs:PATTERN, got @lkt:tag:x'],
  ['A=@lkt:pkgs:../*', 'expected a name with %'],
  ['%=@lkt:pkgs:../none*', 'matches no folder'],
  ['%=@lkt:pkgs:../../pkg', 'has no build.yml'],
])('%s is refused', (line, message) => {
  expect(() => read(line)).toThrow(message);
});
