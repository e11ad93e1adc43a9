import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { globOf } from './glob.js';
import { nxFiles } from '../__tests__/nx-files.js';

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-glob-'))));
afterEach(() => rmSync(root, { recursive: true }));

/** Characters that some glob gives a meaning, and some that look as if one did. */
const HOSTILE = [
  '[',
  ']',
  '{',
  '}',
  '(',
  ')',
  '*',
  '?',
  '!',
  '+',
  '@',
  ',',
  '\\',
  '|',
  '^',
  '-',
  '$',
  'a',
  'é',
  '.',
  ' ',
];
const name = fc
  .array(fc.constantFrom(...HOSTILE), { minLength: 1, maxLength: 6 })
  .map((characters) => characters.join(''))
  .filter((text) => !/^\.+$/.test(text));
const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join('/'));

it('matches its path and nothing else, as Nx reads inputs and outputs', () => {
  fc.assert(
    fc.property(fc.uniqueArray(path, { minLength: 20, maxLength: 60 }), (paths) => {
      const folder = mkdtempSync(join(root, 'w-'));
      const written = paths.filter((file) => write(join(folder, file)));
      const nx = nxFiles(folder);
      for (const file of written) {
        expect([file, nx.glob(globOf(file))]).toEqual([file, [file]]);
        expect([file, nx.onDisk(globOf(file))]).toEqual([file, [file]]);
        // Nx takes an output that exists as it is written before it reads it as a glob.
        if (written.includes(globOf(file))) continue;
        expect([file, nx.outputs(globOf(file))]).toEqual([file, [file]]);
      }
    }),
    { numRuns: 20 },
  );
});

it.each(['{workspaceRoot}', '{projectRoot}', '{projectName}', '{options.x}', '{env.HOME}', 'a{options.x}b'])(
  '%s is not a token in an output',
  (text) => {
    const { getOutputsForTargetAndConfiguration } = jest.requireActual('nx/src/tasks-runner/utils');
    const node = {
      name: 'x',
      data: {
        root: 'r',
        targets: { t: { outputs: [`{workspaceRoot}/dist/${globOf(text)}`], options: { x: 1 } } },
      },
    };
    const outputs = getOutputsForTargetAndConfiguration({ project: 'x', target: 't' }, {}, node);
    expect(outputs).toEqual([`dist/${globOf(text)}`]);
  },
);

it('uses classes where the backslash separates folders', () => {
  expect(globOf('a[b]/{c}/!(d)', '\\')).toBe('a[[]b[]]/[{]c[}]/?[(]d[)]');
});

function write(file: string): boolean {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch {
    // A folder has the name, or a file has the name of a parent.
    return false;
  }
}
