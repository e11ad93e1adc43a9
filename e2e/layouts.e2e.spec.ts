import { lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { sampleOf } from './sample.js';
import { runProcess } from './workspace/nx-run.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const TAR = 'dist/apps/one/tar/one.tar';

/** Packages of files alone: they need no lock, no registry and no mirror. */
const FILES = {
  ...system('one', 'images/app'),
  ...system('two', 'images/app'),
  ...packageOf('images/app', 'app 1'),
};

function system(name: string, image: string, more = ''): Record<string, string> {
  return { [`apps/${name}/linuxkit.yml`]: `init: ['@pkg:${image}']\noutputs: [{format: tar}]\n${more}` };
}

function packageOf(folder: string, text: string): Record<string, string> {
  return {
    [`${folder}/build.yml`]: 'image: app\ncontents:\n  files: [{path: /app.txt, source: app.txt}]\n',
    [`${folder}/app.txt`]: `${text}\n`,
  };
}

const MODES: [string, boolean][] = [
  ['with the daemon', true],
  ['without the daemon', false],
];

/** The sample has the daemon, which may keep what a command without one reads anew. */
describe.each(sampleOf(MODES, ([, daemon]) => daemon))('a workspace %s', (_, daemon) => {
  let workspace: Workspace;
  const tar = (name = 'one') => workspace.bytes(`dist/apps/${name}/tar/${name}.tar`).toString('latin1');

  beforeAll(async () => {
    workspace = await Workspace.create({ daemon, env: daemon ? {} : IN_PROCESS, files: FILES });
  });
  afterAll(() => workspace?.stop());

  it('is built from two terminals at once', async () => {
    const runs = await Promise.all([workspace.nx('build', 'one'), workspace.nx('build', 'two')]);
    for (const { code, output } of runs) expect({ code, output }).toEqual({ code: 0, output });
    expect([tar('one'), tar('two')]).toEqual([
      expect.stringContaining('app 1'),
      expect.stringContaining('app 1'),
    ]);
    expect(workspace.exists('images/app/build.lock.json')).toBe(false);
  });

  it('takes other options of the plugin at once', async () => {
    const before = workspace.read('nx.json');
    workspace.edit('nx.json', (text) => text.replace('"options": {}', '"options": {"targetPrefix": "os-"}'));
    expect((await workspace.succeed('os-build', 'one')).output).toContain(`tar: dist/apps/one/tar`);
    const without = await workspace.nx('build', 'one');
    expect(without.code).not.toBe(0);
    workspace.write({ 'nx.json': before });
    expect((await workspace.succeed('build', 'one')).failed).toEqual([]);
  });

  it('follows a branch that is switched, and back', async () => {
    const main = tar();
    workspace.git('switch', '-q', '-c', 'other');
    workspace.write({ ...packageOf('images/app', 'app 2'), ...system('three', 'images/app') });
    workspace.remove('apps/two');
    workspace.commit();
    await workspace.succeed('build', 'one');
    expect(tar()).toContain('app 2');
    await workspace.succeed('build', 'three');
    expect((await workspace.nx('build', 'two')).code).not.toBe(0);
    workspace.git('switch', '-q', 'main');
    const back = await workspace.succeed('build', 'one');
    expect(back.executed).toEqual([]);
    expect(tar()).toBe(main);
    expect((await workspace.nx('build', 'three')).code).not.toBe(0);
  });

  it('has the same bytes in a git worktree', async () => {
    const dir = join(workspace.base, 'workspace-tree');
    workspace.git('worktree', 'add', '-q', '--detach', dir);
    const run = await nxIn(dir, 'build', 'one');
    expect(run).toMatchObject({ code: 0 });
    expect(workspace.bytes(TAR).equals(workspace.bytes(join('..', 'workspace-tree', TAR)))).toBe(true);
  });

  it('is the same through a symlink to its root', async () => {
    const link = join(workspace.base, 'link');
    symlinkSync(workspace.dir, link);
    await workspace.succeed('build', 'one');
    const before = tar();
    const run = await nxIn(link, 'build', 'one');
    expect(run).toMatchObject({ code: 0 });
    expect(run.output).toMatch(/existing outputs match the cache|local cache/);
    workspace.write(packageOf('images/app', 'app 3'));
    expect(await nxIn(link, 'build', 'one')).toMatchObject({ code: 0 });
    expect(tar()).not.toBe(before);
    expect(tar()).toContain('app 3');
    expect((await workspace.succeed('build', 'one')).executed).toEqual([]);
  });

  it('whose dist is a symlink is told that Nx replaces it', async () => {
    workspace.remove('dist');
    mkdirSync(join(workspace.base, 'elsewhere'));
    symlinkSync(join(workspace.base, 'elsewhere'), workspace.path('dist'));
    // Nx does not watch `dist`, so the graph is as it was until something else changes.
    workspace.edit('apps/one/linuxkit.yml', (text) => `# a comment\n${text}`);
    const run = await workspace.succeed('build', 'one');
    expect(run.output).toContain('dist is a symlink: Nx replaces it by a folder');
    expect(tar()).toMatch(/app \d/);
    workspace.remove('dist');
    workspace.edit('apps/one/linuxkit.yml', (text) => text.replace('# a comment\n', ''));
    expect((await workspace.succeed('build', 'one')).output).not.toContain('is a symlink');
  });

  /** Runs nx of the workspace in another folder, as a person there does. */
  function nxIn(cwd: string, ...args: string[]) {
    const nx = join(workspace.dir, 'node_modules/.bin/nx');
    const local = join(cwd, 'node_modules');
    if (!lstatSync(local, { throwIfNoEntry: false })) symlinkSync(join(workspace.dir, 'node_modules'), local);
    return runProcess(process.execPath, [nx, ...args, '--output-style=static'], {
      cwd,
      env: { ...workspace.env, PWD: cwd },
    });
  }
});

describe('packages that npm installed', () => {
  let workspace: Workspace;
  const LOCK = 'node_modules/@nx-linuxkit/images/sysctl/build.lock.json';

  beforeAll(async () => {
    const files = { ...FILES, ...system('three', '@nx-linuxkit/images/sysctl') };
    workspace = await Workspace.create({ env: IN_PROCESS, files });
  });
  afterAll(() => workspace?.stop());

  it('are not locked, and the error has the commands that lock a copy', async () => {
    const before = workspace.read(LOCK);
    const run = await workspace.nx('lock', 'base@sysctl');
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('node_modules/@nx-linuxkit/images/sysctl is a part of an npm package');
    expect(run.output).toContain(
      '"mkdir -p images && cp -R node_modules/@nx-linuxkit/images/sysctl images/sysctl"',
    );
    expect(run.output).toContain('"nx lock pkg@images-sysctl"');
    expect(run.output).not.toMatch(/^ +at /m);
    expect(workspace.read(LOCK)).toBe(before);
  });

  it('are passed over where all systems and packages are locked', async () => {
    const before = workspace.read(LOCK);
    const run = await workspace.succeed('run-many', '-t', 'lock');
    expect(run.output).toContain('node_modules/@nx-linuxkit/images/sysctl has the lock of its npm package');
    expect(run.output).toContain('images/app selects no Debian package, so it needs no lock');
    expect(workspace.read(LOCK)).toBe(before);
    expect(workspace.exists('images/app/build.lock.json')).toBe(false);
  });
});
