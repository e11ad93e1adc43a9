import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { cachedNx } from './cache/cached-nx.js';
import { expectBuilt, forgetAll, NX_ARGS, PROJECTS, smallProjects } from './cache/small-projects.js';
import { killed } from './cache/workers.js';
import type { Workspace } from './workspace/workspace.js';

/** How often a run is killed. */
const KILLS = 12;
/** Milliseconds. Each kill takes three runs of Nx. */
const LIMIT = 900_000;

let registry: TestRegistry;
let workspace: Workspace;
beforeAll(async () => {
  registry = await startRegistry();
  workspace = await smallProjects();
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

const bin = (name: string) => join(workspace.dir, 'node_modules/.bin', name);

/** Starts a run as the leader of a process group. */
function start(to: string) {
  const nx = [process.execPath, bin('nx'), ...NX_ARGS];
  const args = [bin('nx-linuxkit-cache'), '--to', to, '--', ...nx];
  return spawn(process.execPath, args, {
    cwd: workspace.dir,
    env: workspace.env,
    stdio: 'ignore',
    detached: true,
  });
}

/** The number of entries that the registry has. */
async function entriesOf(repository: string): Promise<number> {
  const answer = await fetch(`http://${registry.host}/v2/${repository}/tags/list`);
  if (answer.status === 404) return 0;
  const { tags } = (await answer.json()) as { tags: string[] | null };
  return (tags ?? []).filter((tag) => tag.startsWith('n-')).length;
}

it(
  'killed at any moment, a run leaves nothing broken, and what the registry had stays',
  async () => {
    const repository = 'kills/cache';
    const to = `oci://${registry.host}/${repository}`;
    const begun = performance.now();
    expectBuilt(workspace, await cachedNx(workspace, ['--to', to], NX_ARGS));
    const whole = performance.now() - begun;
    let before = await entriesOf(repository);
    expect(before).toBe(PROJECTS.length);
    for (let i = 0; i < KILLS; i++) {
      forgetAll(workspace);
      for (const name of PROJECTS) workspace.write({ [`${name}/text`]: `${name} ${i}` });
      const child = start(to);
      const ended = once(child, 'exit');
      await sleep((whole * (i + 1)) / KILLS);
      // As a runner that ends a job: the command and the worker are killed with it.
      killed(-child.pid!);
      await ended;
      // The registry may still be storing what it got.
      await sleep(300);

      const stored = await entriesOf(repository);
      expect(stored).toBeGreaterThanOrEqual(before);
      forgetAll(workspace);
      const reader = await cachedNx(workspace, ['--from', to], NX_ARGS);
      expectBuilt(workspace, reader);
      expect(reader.restored).toBe(stored - before);
      expect(reader.line).not.toContain(';');
      // The next run stores what the killed one has left.
      forgetAll(workspace);
      const next = await cachedNx(workspace, ['--to', to], NX_ARGS);
      expectBuilt(workspace, next);
      before = await entriesOf(repository);
      expect(before).toBe((i + 2) * PROJECTS.length);
    }
  },
  LIMIT,
);
