import { execFileSync } from 'node:child_process';
import { oneSystem, type OneSystem } from './graph/one-system.js';
import { expectOneError } from './workspace/expect-one-error.js';
import type { Workspace } from './workspace/workspace.js';

let system: OneSystem;
let workspace: Workspace;

beforeAll(async () => {
  system = await oneSystem();
  ({ workspace } = system);
  await workspace.succeed('lock', 'one');
});
afterAll(() => system?.stop());

const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: workspace.path('.') });

test('a changed file differs from the commit, which the workspace does not notice', async () => {
  git('init', '--quiet');
  git('add', 'apps', 'shared', 'nx.json', 'package.json');
  git('commit', '--quiet', '-m', 'one');
  workspace.write({ 'shared/note': 'another note' });
  const { output } = await workspace.succeed('diff', 'one', '--with=HEAD', '--outputFile=diff.json');
  expect(output).toMatch(/^ +~ etc\/note \(size 6 B -> 12 B, content\)$/m);
  const { files, images } = JSON.parse(workspace.read('diff.json'));
  expect(files.map(({ path }: { path: string }) => path)).toEqual(['etc/note']);
  expect(images).toEqual([]);
  expect(git('status', '--porcelain', 'apps', 'shared').toString()).toBe(' M shared/note\n');
});

test.each([
  [[], 'expected the option `with` to say what to compare with, got nothing'],
  [['--with=nowhere'], '"nowhere" is no folder, no git ref and no reference of a system'],
])('%j is refused', async (options, message) => {
  expectOneError(await workspace.nx('diff', 'one', ...options), message);
});
