import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { gitHubScript, gitLabScript, runnerPrograms, type Job } from './cache/service-pipelines.js';
import { runPipeline, shellPipeline } from './cache/shell-pipeline.js';
import { exampleWorkspace } from './examples/example-workspace.js';
import { runProcess } from './workspace/nx-run.js';
import { startNpmRegistry, type NpmRegistry } from './workspace/npm-registry.js';
import type { Workspace } from './workspace/workspace.js';

/**
 * The pipelines of the guide, whole: each installs, builds, boots and packs a system in a clone with nothing but a registry
 * that asks for credentials. GitHub's and GitLab's lines run as these services run them; their own actions do not.
 */
const EXAMPLE = 'minimal';
const PACKAGES = ['nx', '@nx/js', 'nx-linuxkit', '@nx-linuxkit/cache', '@nx-linuxkit/images'];
/** Milliseconds. A machine that has nothing installs, builds and boots. */
const LIMIT = 900_000;
const ACCOUNT = { user: 'builder', password: 'secret' };

let npm: NpmRegistry;
let registry: TestRegistry;
let origin: Workspace;
let job: Job;
beforeAll(async () => {
  [npm, registry] = await Promise.all([startNpmRegistry(), startRegistry({ auth: ACCOUNT })]);
  origin = await exampleWorkspace([]);
  job = { ...ACCOUNT, registry: registry.host, base: origin.git('rev-parse', 'HEAD').trim() };
  const example = await exampleWorkspace([EXAMPLE]);
  const yaml = `examples/${EXAMPLE}/linuxkit.yml`;
  origin.write({ [yaml]: example.read(yaml), '.npmrc': `registry=${npm.url}\n`, 'ci.sh': shellPipeline() });
  await example.stop();
  await origin.succeed('lock', EXAMPLE);
  const { code, output } = await runProcess(
    'npm',
    ['install', '--package-lock-only', '--ignore-scripts', '--save-dev', ...PACKAGES],
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

/** Runs a script in a clone whose runner has the programs of a service. */
async function run(script: string) {
  const clone = await origin.clone({ store: false });
  clone.remove('node_modules');
  const programs = runnerPrograms(`${clone.dir}-programs`);
  const result = await runPipeline(clone, `set -e\n${script}`, { PATH: `${programs}:${clone.env.PATH}` });
  expect({ code: result.code, output: result.output }).toEqual({ code: 0, output: result.output });
  expect(clone.exists('systems.tar')).toBe(true);
  expect(result.asked).toBeGreaterThan(10);
  return result;
}

it(
  'a shell builds, boots and packs the system',
  async () => {
    const variables = [`REGISTRY=${registry.host}/acme/systems`, 'BRANCH=main', `BASE=${job.base}`];
    const login = `printf ${ACCOUNT.password} | docker login ${registry.host} -u ${ACCOUNT.user} --password-stdin`;
    const { restored } = await run(`${login}\n${variables.join(' ')} sh ci.sh`);
    expect(restored).toBe(0);
  },
  LIMIT,
);

it.each([
  ['GitHub', gitHubScript],
  ['GitLab', gitLabScript],
])(
  'a machine of %s finds all of it in the registry, and runs nothing',
  async (_, scriptOf) => {
    const { asked, restored } = await run(scriptOf(job));
    expect(restored).toBe(asked);
  },
  LIMIT,
);
