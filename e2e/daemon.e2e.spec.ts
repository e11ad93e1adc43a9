import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { random } from './fuzz/random.js';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { WHOLE } from './sample.js';
import { leftovers } from './workspace/leftovers.js';
import { Workspace } from './workspace/workspace.js';

const YAML = 'apps/my-os/linuxkit.yml';
const TAR = 'dist/apps/my-os/tar/my-os.tar';
const KILLS = WHOLE ? 30 : 2;
/** Milliseconds. A build with the slow registry takes longer, so that most kills meet one. */
const LONGEST = 3000;

let registry: MemoryRegistry;
let workspace: Workspace;

beforeAll(async () => {
  registry = await startMemoryRegistry();
  registry.add('init', '1', await systemImage('init'));
  const files = {
    [YAML]: systemWith('before'),
    'hook.yml': 'kernel:\n  image: k\ninit:\n  - i\n',
    'apps/box/linuxkit.yml': 'init: ["@pkg:../../pkg/box"]\noutputs: [{format: tar}]\n',
    'pkg/box/build.yml': 'image: box\n',
    'pkg/box/Dockerfile': 'FROM scratch\nCOPY . /box\n',
    'pkg/box/program': '#!/bin/sh\n',
  };
  workspace = await Workspace.create({ daemon: true, files });
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

const systemWith = (text: string) =>
  `${smallYaml(`${registry.host}/init:1`)}files:\n  - {path: etc/text, contents: "<${text}>"}\n`;
const edit = (text: string) => workspace.write({ [YAML]: systemWith(text) });
const has = (text: string) => workspace.exists(TAR) && workspace.bytes(TAR).includes(`<${text}>`);

/** The process of Nx's daemon for this workspace; undefined where none is running. */
function daemon(): number | undefined {
  const data = workspace.path('.nx/workspace-data');
  const names = existsSync(data) ? readdirSync(data, { recursive: true, encoding: 'utf8' }) : [];
  const file = names.find((name) => name.endsWith('server-process.json'));
  return file === undefined ? undefined : JSON.parse(readFileSync(join(data, file), 'utf8')).processId;
}

function kill(pid: number | undefined): boolean {
  try {
    return pid !== undefined && process.kill(pid, 'SIGKILL');
  } catch {
    return false;
  }
}

it('what inference says into the log of the daemon is said once by a build, locked or not', async () => {
  for (const executor of ['nx-linuxkit:build', 'nx-linuxkit:stage']) {
    const shown = await workspace.succeed('show', 'project', 'my-os', '--json');
    expect(JSON.parse(shown.output).targets.build.executor).toBe(executor);
    const { output } = await workspace.succeed('build', 'my-os');
    expect(output.match(/^warning: hook\.yml: not built/gm)).toHaveLength(1);
    expect(output.match(/hook\.yml/g)).toHaveLength(1);
  }
});

it('what the daemon overlooks of a Dockerfile’s context is an error, and no build with the old bytes', async () => {
  await workspace.succeed('lock', 'box');
  for (let i = 0; i < 2; i += 1) await workspace.succeed('build', 'box');
  chmodSync(workspace.path('pkg/box/program'), 0o755);
  mkdirSync(workspace.path('pkg/box/empty'));
  const run = await workspace.nx('build', 'box');
  if (run.code !== 0) {
    expect(run.output).toContain('pkg/box changed during the build');
    expect(run.output).toContain('run `nx reset` first');
    await workspace.succeed('reset');
    await workspace.succeed('build', 'box');
  }
  const tar = workspace.path('dist/apps/box/tar/box.tar');
  const listed = execFileSync('tar', ['-tvf', tar], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  expect(listed).toMatch(/^-rwxr-xr-x .* box\/program$/m);
  expect(listed).toMatch(/^drwxr-xr-x .* box\/empty\/$/m);
});

it(`the daemon is killed in ${KILLS} builds: none is wrong, and the next build has the next edit`, async () => {
  const next = random(KILLS);
  let killed = 0;
  for (let i = 0; i < KILLS; i += 1) {
    // Most builds pull, slowly, so that the kill meets them at work.
    if (next(4) > 0) workspace.emptyAll();
    registry.fail({ path: '/blobs/' }, { kind: 'slow', parts: 4, pause: 200 });
    edit(`during ${i}`);
    const building = workspace.nx('build', 'my-os');
    await sleep(next(LONGEST));
    if (kill(daemon())) killed += 1;
    const { code, output } = await building;
    registry.heal();
    if (code === 0) expect({ i, output, has: has(`during ${i}`) }).toEqual({ i, output, has: true });
    await workspace.succeed('build', 'my-os');
    expect({ i, has: has(`during ${i}`), left: leftovers(workspace) }).toEqual({ i, has: true, left: [] });
    edit(`after ${i}`);
    await workspace.succeed('build', 'my-os');
    expect({ i, has: has(`after ${i}`) }).toEqual({ i, has: true });
  }
  expect(killed).toBeGreaterThan(KILLS / 2);
}, 1_800_000);
