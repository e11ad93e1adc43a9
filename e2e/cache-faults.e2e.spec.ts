import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachedNx, type CachedRun } from './cache/cached-nx.js';
import { expectBuilt, forgetAll, NX_ARGS, PROJECTS, smallProjects } from './cache/small-projects.js';
import { killed, workersOf } from './cache/workers.js';
import {
  startFaultyRegistry,
  type Fault,
  type FaultyRegistry,
} from '../packages/cache/src/__tests__/faulty-registry.js';
import { sampleOf } from './sample.js';
import type { Workspace } from './workspace/workspace.js';

let registry: FaultyRegistry;
let workspace: Workspace;
let number = 0;
const newPlace = () => `oci://${registry.host}/faults/nx-${number++}`;
beforeAll(async () => {
  registry = await startFaultyRegistry();
  workspace = await smallProjects();
});
beforeEach(() => {
  registry.set(() => undefined);
  forgetAll(workspace);
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

const run = (to: string, ...flags: string[]): Promise<CachedRun> =>
  cachedNx(workspace, ['--to', to, '--budget', '3', ...flags], NX_ARGS);

const expectGreen = (result: CachedRun) => expectBuilt(workspace, result);

const FAULTS: [string, Fault, 'all' | 'get' | 'put'][] = [
  ['answers 500', { status: 500 }, 'all'],
  ['answers 401', { status: 401 }, 'all'],
  ['answers 403 to what is sent', { status: 403 }, 'put'],
  ['answers 429', { status: 429, headers: { 'retry-after': '60' } }, 'get'],
  ['is full', { status: 507 }, 'put'],
  ['never answers', 'hang', 'get'],
  ['sends some bytes a second', 'trickle', 'get'],
  ['takes some bytes a second', 'trickle', 'put'],
  ['cuts what it sends', 'cut', 'get'],
  ['cuts what it gets', 'cut', 'put'],
  ['sends wrong bytes', 'wrong', 'get'],
  ['ends connections', 'reset', 'all'],
];

describe.each(sampleOf(FAULTS, ([name]) => ['answers 500', 'sends wrong bytes'].includes(name)))(
  'with a registry that %s',
  (_, fault, on) => {
    it('a build that could have been restored is green, and says in one line what did not work', async () => {
      const to = newPlace();
      expectGreen(await run(to));
      forgetAll(workspace);
      registry.set(({ method }) =>
        on === 'all' || method === (on === 'get' ? 'GET' : 'PUT') ? fault : undefined,
      );
      if (on === 'put') workspace.edit('one/text', (text) => `${text}!`);
      const result = await run(to, '--finish', '20');
      expectGreen(result);
      expect(result.line).toMatch(/; \S/);
    });
  },
);

it('a registry that is down leaves the build green', async () => {
  const result = await run('oci://127.0.0.1:9/acme/nx-cache');
  expectGreen(result);
  expect(result).toMatchObject({ restored: 0, stored: 0 });
  expect(result.line).toContain('connection refused');
});

it('a disk that is full leaves the build green: what cannot be kept is not stored, and what cannot be read is made', async () => {
  const to = newPlace();
  expectGreen(await run(to));
  const spool = workspace.path('../full');
  mkdirSync(spool);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', spool]);
  try {
    forgetAll(workspace);
    const result = await run(to, '--spool', spool);
    expectGreen(result);
    expect(result).toMatchObject({ restored: 0, stored: 0 });
    expect(result.line).toContain('ENOSPC');
  } finally {
    execFileSync('umount', ['-l', spool]);
  }
});

it('while the worker is killed again and again, builds are green; what is stored afterwards is whole', async () => {
  const to = newPlace();
  let kills = 0;
  const killer = setInterval(() => {
    for (const pid of workersOf(workspace.dir)) kills += killed(pid);
  }, 300);
  try {
    expectGreen(await run(to, '--finish', '1'));
    forgetAll(workspace);
    expectGreen(await run(to, '--finish', '1'));
  } finally {
    clearInterval(killer);
  }
  expect(kills).toBeGreaterThan(3);
  workspace.remove('out');
  workspace.emptyNxCache();
  expectGreen(await run(to));
  workspace.emptyNxCache();
  workspace.remove('out');
  const restored = await run(to);
  expectGreen(restored);
  expect(restored).toMatchObject({ restored: 3, sent: 0 });
});

it('a process that is killed before it has sent anything leaves no worker, and the next run sends all that Nx gave it', async () => {
  const to = newPlace();
  registry.set(({ method }) => (method === 'PUT' ? 'hang' : undefined));
  const bin = (name: string) => join(workspace.dir, 'node_modules/.bin', name);
  // The usual folder may have what runs for other places have left.
  const spool = workspace.path('../spool');
  const child = spawn(
    process.execPath,
    [bin('nx-linuxkit-cache'), '--to', to, '--spool', spool, '--', process.execPath, bin('nx'), ...NX_ARGS],
    { cwd: workspace.dir, env: workspace.env, stdio: 'ignore' },
  );
  const spooled = () =>
    existsSync(spool)
      ? readdirSync(spool, { recursive: true, encoding: 'utf8' }).filter((path) => /entries\/\d+$/.test(path))
          .length
      : 0;
  await until(() => spooled() === PROJECTS.length && workersOf(workspace.dir).length > 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(() => workersOf(workspace.dir).length === 0);

  registry.set(() => undefined);
  expectGreen(await run(to, '--spool', spool));
  forgetAll(workspace);
  const restored = await run(to);
  expectGreen(restored);
  expect(restored).toMatchObject({ restored: PROJECTS.length, sent: 0 });
});

/** Waits until a condition holds; the limit of the test ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(100);
}
