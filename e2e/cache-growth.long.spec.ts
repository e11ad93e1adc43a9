import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { cachedNx, traffic } from './cache/cached-nx.js';
import { pushSystem } from './graph/images.js';
import { systemYaml } from './graph/system-yaml.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** What the cache costs as a workspace grows: the guide has these numbers. Systems share their images, and differ in an `env`. */
const SIZES = [10, 100];
/** Milliseconds. A hundred systems are built once and restored once. */
const LIMIT = 900_000;

let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  await pushSystem(registry);
});
afterAll(() => registry?.stop());

interface Cost {
  readonly asked: number;
  readonly restored: number;
  readonly sent: number;
  /** Bytes. */
  readonly up: number;
  readonly down: number;
  readonly requests: number;
}

async function costOf(workspace: Workspace, to: string, what: string): Promise<Cost> {
  registry.log.clear();
  const run = await cachedNx(workspace, ['--to', to], ['run-many', '-t', 'build']);
  expect({ code: run.code, output: run.output }).toEqual({ code: 0, output: run.output });
  expect(run.stored).toBe(run.sent);
  const { asked, restored, sent } = run;
  const requests = registry.log.requests.filter(({ path }) => path.includes('/growth-')).length;
  const cost = { asked, restored, sent, ...traffic(run), requests };
  process.stderr.write(`${what}: ${JSON.stringify(cost)}\n`);
  return cost;
}

describe.each(SIZES)('%d systems', (size) => {
  it(
    'cost what their own tasks cost; one changed system costs the same however many there are',
    async () => {
      const name = (i: number) => `apps/os-${i}/linuxkit`;
      const yaml = (i: number) => systemYaml(registry.host, { env: `A=${i}` });
      const systems = Array.from({ length: size }, (_, i) => i);
      const workspace = await Workspace.create({
        env: IN_PROCESS,
        files: Object.fromEntries(systems.map((i) => [`${name(i)}.yml`, yaml(i)])),
      });
      try {
        await workspace.succeed('lock', 'os-0');
        const lock = workspace.read(`${name(0)}.lock.json`);
        workspace.write(Object.fromEntries(systems.map((i) => [`${name(i)}.lock.json`, lock])));
        workspace.commit();
        const to = `oci://${registry.host}/growth-${size}`;
        const cold = await costOf(workspace, to, `${size} systems, cold`);
        workspace.emptyAll();
        const restored = await costOf(workspace, to, `${size} systems, restored`);
        expect(restored).toMatchObject({ restored: cold.asked, sent: 0 });
        workspace.edit(`${name(1)}.yml`, (text) => text.replace('A=1', 'A=one'));
        const changed = await costOf(workspace, to, `${size} systems, one changed`);
        expect(changed.sent).toBeLessThan(6);
        expect(changed.requests).toBeLessThan(40);
        expect(changed.up).toBeLessThan(100e3);
      } finally {
        await workspace.stop();
      }
    },
    LIMIT,
  );
});
