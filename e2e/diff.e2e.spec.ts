import { execFileSync } from 'node:child_process';
import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { expectOneError } from './workspace/expect-one-error.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

let registry: TestRegistry;
let workspace: Workspace;

beforeAll(async () => {
  registry = await startRegistry();
  await pushTo(registry, await systemImage('init'), 'init:1');
  workspace = await Workspace.create({ env: IN_PROCESS });
  workspace.write({
    'apps/one/linuxkit.yml': smallYaml(`${registry.host}/init:1`, { files: ['../../shared/note'] }),
    'shared/note': 'a note',
  });
  await workspace.succeed('lock', 'one');
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

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
