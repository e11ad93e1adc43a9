import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { runPipeline, shellPipeline } from './cache/shell-pipeline.js';
import { exampleWorkspace } from './examples/example-workspace.js';
import { runProcess } from './workspace/nx-run.js';
import { startNpmRegistry, type NpmRegistry } from './workspace/npm-registry.js';
import type { Workspace } from './workspace/workspace.js';

/** The shell pipeline of the guide, whole: it installs, builds, boots and packs a system; a second machine restores all of it. */
const EXAMPLE = 'minimal';

let npm: NpmRegistry;
let registry: TestRegistry;
let origin: Workspace;
let base: string;
beforeAll(async () => {
  [npm, registry] = await Promise.all([startNpmRegistry(), startRegistry()]);
  origin = await exampleWorkspace([]);
  base = origin.git('rev-parse', 'HEAD').trim();
  const more = await exampleWorkspace([EXAMPLE]);
  const yaml = `examples/${EXAMPLE}/linuxkit.yml`;
  origin.write({ [yaml]: more.read(yaml), '.npmrc': `registry=${npm.url}\n` });
  await more.stop();
  await origin.succeed('lock', EXAMPLE);
  const packages = ['nx', '@nx/js', 'nx-linuxkit', '@nx-linuxkit/cache', '@nx-linuxkit/images'];
  const { code, output } = await runProcess(
    'npm',
    ['install', '--package-lock-only', '--ignore-scripts', '--save-dev', ...packages],
    { cwd: origin.dir, env: origin.env },
  );
  expect({ code, output }).toEqual({ code: 0, output });
  origin.commit();
});
afterAll(async () => {
  await origin?.stop();
  await registry?.stop();
  await npm?.stop();
});

it('installs, builds, boots and packs; a second machine runs nothing', async () => {
  const variables = { REGISTRY: registry.host, BRANCH: 'main', BASE: base };
  for (const isFirst of [true, false]) {
    const clone = await origin.clone({ store: false });
    clone.remove('node_modules');
    const run = await runPipeline(clone, shellPipeline(), variables);
    expect({ code: run.code, output: run.output }).toEqual({ code: 0, output: run.output });
    expect(run.restored === run.asked).toBe(!isFirst);
    expect(clone.exists('systems.tar')).toBe(true);
  }
});
