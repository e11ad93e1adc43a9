import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PackageInputs } from '@nx-linuxkit/stages/plan';
import { contextInputs } from './context-inputs.js';
import { filesetOf } from './glob.js';
import { Watch } from './watch.js';

let root: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'nx-linuxkit-context-')));
  for (const folder of ['pkg', 'real']) mkdirSync(join(root, folder));
  for (const file of ['pkg/a', 'real/a', 'real/Dockerfile']) writeFileSync(join(root, file), '');
});
afterEach(() => rmSync(root, { recursive: true }));

function inputsOf(context: Record<string, string>, documents: readonly string[]) {
  const entries = Object.entries(context).map(([path, source]) => ({
    ...{ path, source: join(root, source), size: 0, isExecutable: false },
    type: path.endsWith('/') ? ('dir' as const) : ('file' as const),
    isWhole: path.endsWith('/'),
  }));
  return contextInputs({ context: entries, documents } as unknown as PackageInputs, new Watch(root));
}

it('takes each file, and a whole folder with all below it', () => {
  expect(inputsOf({ a: 'pkg/a', 'x/': 'real' }, ['pkg/Dockerfile'])).toEqual({
    inputs: [filesetOf('pkg/Dockerfile'), filesetOf('pkg/a'), filesetOf('real', 'below')],
    unwatched: undefined,
  });
});

it('takes what a symlink on the way to a folder, a file or a Dockerfile leads to: Nx looks at nothing below it', () => {
  symlinkSync('real', join(root, 'link'));
  symlinkSync('../real/Dockerfile', join(root, 'pkg/Dockerfile'));
  const { inputs, unwatched } = inputsOf({ a: 'link/a', 'x/': 'link' }, ['pkg/Dockerfile']);
  expect(unwatched).toBeUndefined();
  for (const path of ['link', 'real/a', 'pkg/Dockerfile', 'real/Dockerfile'])
    expect(inputs).toContain(filesetOf(path));
  expect(inputs).toContain(filesetOf('real', 'below'));
});

it('says that a symlink leads out of the workspace', () => {
  symlinkSync(tmpdir(), join(root, 'link'));
  writeFileSync(join(root, '../outside-of-context'), '');
  expect(inputsOf({ a: 'link/outside-of-context' }, []).unwatched).toBe(
    'the symlink link/outside-of-context leads outside the workspace',
  );
  rmSync(join(root, '../outside-of-context'));
});
