import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { runPipeline, shellPipeline, type PipelineRun } from './cache/shell-pipeline.js';
import { pushSystem } from './graph/images.js';
import { systemYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/**
 * A fleet of machines, each with a shard of the systems, that share nothing but a registry. The images of these systems do not
 * boot, and a workspace of tests is installed already, so both lines of the pipeline are left out here; cache-pipeline runs it whole.
 */
const SCRIPT = shellPipeline()
  .split('\n')
  .filter((line) => !/^npm ci|-t boot-test/.test(line))
  .join('\n');
const SYSTEMS = ['one', 'two', 'three', 'four'];

let registry: TestRegistry;
let origin: Workspace;
let base: string;
beforeAll(async () => {
  registry = await startRegistry();
  await pushSystem(registry);
  origin = await Workspace.create({ env: IN_PROCESS });
  base = origin.git('rev-parse', 'HEAD').trim();
  for (const [i, name] of SYSTEMS.entries()) {
    origin.write({ [`apps/${name}/linuxkit.yml`]: systemYaml(registry.host, { env: `A=${i}` }) });
  }
  await origin.succeed('run-many', '-t', 'lock', `--projects=${SYSTEMS.join(',')}`);
  origin.commit();
});
afterAll(async () => {
  await origin?.stop();
  await registry?.stop();
});

/** Runs the pipeline in a new clone. `cache` names the cache, so that runs with another one share nothing. */
async function run(cache: string, shard: Readonly<Record<string, string>>): Promise<PipelineRun> {
  const clone = await origin.clone({ store: false });
  const variables = { REGISTRY: `${registry.host}/${cache}`, BRANCH: 'main', BASE: base, ...shard };
  const result = await runPipeline(clone, SCRIPT, variables);
  expect({ code: result.code, output: result.output }).toEqual({ code: 0, output: result.output });
  return result;
}

const shards = SYSTEMS.map((_, i) => ({ SHARDS: String(SYSTEMS.length), SHARD: String(i) }));
/** Tasks that run, as nothing has them. */
const made = ({ asked, restored }: PipelineRun) => asked - restored;
let alone: number;

it('one machine makes every task once', async () => {
  const result = await run('alone', {});
  alone = made(result);
  expect(result.restored).toBe(0);
  expect(alone).toBeGreaterThan(20);
});

it('four machines, one after the other, make together what one would make', async () => {
  const results: PipelineRun[] = [];
  for (const shard of shards) results.push(await run('fleet', shard));
  expect(results.reduce((sum, result) => sum + made(result), 0)).toBe(alone);
  // Each but the first finds what systems share.
  for (const { restored } of results.slice(1)) expect(restored).toBeGreaterThan(5);
});

it('four machines that begin at the same moment make what they share four times at most, and leave nothing to make', async () => {
  const results = await Promise.all(shards.map((shard) => run('crowd', shard)));
  const total = results.reduce((sum, result) => sum + made(result), 0);
  expect(total).toBeGreaterThanOrEqual(alone);
  expect(total).toBeLessThanOrEqual(results.reduce((sum, { asked }) => sum + asked, 0));
  expect(made(await run('crowd', {}))).toBe(0);
});
