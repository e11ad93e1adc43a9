import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { cachedNx, type CachedRun } from './cache/cached-nx.js';
import {
  startFaultyRegistry,
  type Fault,
  type FaultyRegistry,
} from '../packages/cache/src/__tests__/faulty-registry.js';
import { sampleOf } from './sample.js';
import { Workspace } from './workspace/workspace.js';

const PROJECTS = ['one', 'two', 'three'];
const NX_ARGS = ['run-many', '-t', 'make', '--parallel=3'];

/** Projects that take a part of a second, and write 300 kB that do not compress: the same for the same text. */
const files = Object.fromEntries(
  PROJECTS.flatMap((name) => [
    [
      `${name}/project.json`,
      JSON.stringify({
        name,
        targets: {
          make: {
            executor: 'nx:run-commands',
            cache: true,
            inputs: ['{projectRoot}/**/*'],
            outputs: ['{workspaceRoot}/out/{projectName}'],
            options: { command: `node make.mjs ${name}` },
          },
        },
      }),
    ],
    [`${name}/text`, name],
  ]),
);
const MAKE = `import { createCipheriv } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
const name = process.argv[2];
const key = Buffer.alloc(32, readFileSync(name + '/text'));
mkdirSync('out/' + name, { recursive: true });
await new Promise((resolve) => setTimeout(resolve, 400));
writeFileSync('out/' + name + '/file', createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(300_000)));
`;

let registry: FaultyRegistry;
let workspace: Workspace;
let number = 0;
const newPlace = () => `oci://${registry.host}/faults/nx-${number++}`;
beforeAll(async () => {
  registry = await startFaultyRegistry();
  workspace = await Workspace.create({
    files: { ...files, 'make.mjs': MAKE },
    nxJson: { plugins: [] },
  });
});
beforeEach(() => {
  registry.set(() => undefined);
  workspace.emptyAll();
  workspace.remove('out');
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

const run = (to: string, ...flags: string[]): Promise<CachedRun> =>
  cachedNx(workspace, ['--to', to, '--budget', '3', ...flags], NX_ARGS);

/** The build is green, and every output is there. */
function expectBuilt({ code, output }: CachedRun): void {
  expect({ code, output }).toEqual({ code: 0, output });
  for (const name of PROJECTS) expect(workspace.bytes(`out/${name}/file`).length).toBe(300_000);
}

const FAULTS: [string, Fault, 'all' | 'get' | 'put'][] = [
  ['answers 500', { status: 500 }, 'all'],
  ['answers 401', { status: 401 }, 'all'],
  ['answers 403 to what is sent', { status: 403 }, 'put'],
  ['answers 429', { status: 429, headers: { 'retry-after': '60' } }, 'get'],
  ['is full', { status: 507 }, 'put'],
  ['never answers', 'hang', 'get'],
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
      expectBuilt(await run(to));
      workspace.emptyAll();
      workspace.remove('out');
      registry.set(({ method }) =>
        on === 'all' || method === (on === 'get' ? 'GET' : 'PUT') ? fault : undefined,
      );
      if (on === 'put') workspace.edit('one/text', (text) => `${text}!`);
      const result = await run(to, '--finish', '20');
      expectBuilt(result);
      expect(result.line).toMatch(/; \S/);
    });
  },
);

it('a registry that is down leaves the build green', async () => {
  const result = await run('oci://127.0.0.1:9/acme/nx-cache');
  expectBuilt(result);
  expect(result).toMatchObject({ restored: 0, stored: 0 });
  expect(result.line).toContain('connection refused');
});

it('while the worker is killed again and again, builds are green; what is stored afterwards is whole', async () => {
  const to = newPlace();
  let kills = 0;
  const killer = setInterval(() => {
    for (const pid of workers(workspace.dir)) kills += kill(pid);
  }, 300);
  try {
    expectBuilt(await run(to, '--finish', '1'));
    workspace.emptyAll();
    workspace.remove('out');
    expectBuilt(await run(to, '--finish', '1'));
  } finally {
    clearInterval(killer);
  }
  expect(kills).toBeGreaterThan(3);
  workspace.remove('out');
  workspace.emptyNxCache();
  expectBuilt(await run(to));
  workspace.emptyNxCache();
  workspace.remove('out');
  const restored = await run(to);
  expectBuilt(restored);
  expect(restored).toMatchObject({ restored: 3, sent: 0 });
});

it('a process that is killed before it has sent anything leaves no worker, and the next run sends all that Nx gave it', async () => {
  const to = newPlace();
  registry.set(({ method }) => (method === 'PUT' ? 'hang' : undefined));
  const bin = (name: string) => join(workspace.dir, 'node_modules/.bin', name);
  const child = spawn(
    process.execPath,
    [bin('nx-linuxkit-cache'), '--to', to, '--', process.execPath, bin('nx'), ...NX_ARGS],
    { cwd: workspace.dir, env: workspace.env, stdio: 'ignore' },
  );
  const spool = join(workspace.env.HOME as string, '.cache/nx-linuxkit-cache');
  const spooled = () =>
    existsSync(spool)
      ? readdirSync(spool, { recursive: true, encoding: 'utf8' }).filter((path) => /entries\/\d+$/.test(path))
          .length
      : 0;
  await until(() => spooled() === PROJECTS.length && workers(workspace.dir).length > 0);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(() => workers(workspace.dir).length === 0);

  registry.set(() => undefined);
  expectBuilt(await run(to));
  workspace.emptyAll();
  workspace.remove('out');
  const restored = await run(to);
  expectBuilt(restored);
  expect(restored).toMatchObject({ restored: PROJECTS.length, sent: 0 });
});

/** Waits until a condition holds; the limit of the test ends it. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(100);
}

/** Processes of workers that work for a workspace; they are found by their folder. */
function workers(dir: string): number[] {
  const list = execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' });
  const lines = list.split('\n').filter((line) => line.includes('cache/dist/worker/worker.js'));
  return lines.filter((line) => line.includes(dir.replace(/\/[^/]+$/, ''))).map((line) => parseInt(line, 10));
}

/** 1 if the process was there to be ended. */
function kill(pid: number): 0 | 1 {
  try {
    process.kill(pid, 'SIGKILL');
    return 1;
  } catch {
    return 0;
  }
}
