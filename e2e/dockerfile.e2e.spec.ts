import { execFileSync } from 'node:child_process';
import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { copyBusybox } from './dockerfile/busybox.js';
import { pushSystem, systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { runProcess } from './workspace/nx-run.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const DOCKERFILES = {
  base: (host: string) => `FROM ${host}/web:1\nCOPY files /etc/base\nENV BASE=1\n`,
  app: 'FROM linuxkit/base:any\nCOPY app /bin/app\nCMD ["/bin/app"]\n',
  other: (host: string) => `ARG FROM=sysctl\nFROM ${host}/\${FROM}:1\nCOPY . /other\n`,
};

/** Packages from Dockerfiles, one built on another, and a system that names one. */
describe('packages with a Dockerfile', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  const tar = () => execFileSync('tar', ['-tf', workspace.path('dist/apps/my-os/tar/my-os.tar')]).toString();
  const fileInTar = (name: string) =>
    execFileSync('tar', ['-xOf', workspace.path('dist/apps/my-os/tar/my-os.tar'), name]).toString();

  beforeAll(async () => {
    registry = await startRegistry();
    await pushSystem(registry, ['web', 'sysctl', 'init']);
    workspace = await Workspace.create({
      env: IN_PROCESS,
      files: {
        'pkg/base/build.yml': 'image: base\n',
        'pkg/base/Dockerfile': DOCKERFILES.base(registry.host),
        'pkg/base/files/release': 'one\n',
        'pkg/app/build.yml': 'image: app\nconfig:\n  capabilities: [CAP_CHOWN]\n',
        'pkg/app/Dockerfile': DOCKERFILES.app,
        'pkg/app/.dockerignore': '*.md\nDockerfile\nbuild*\n',
        'pkg/app/app': '#!/bin/sh\n',
        'pkg/app/notes.md': 'notes\n',
        'pkg/other/build.yml': 'image: other\norg: acme\n',
        'pkg/other/build-alt.yml': 'image: other-alt\nbuildArgs: [FROM=init]\n',
        'pkg/other/Dockerfile': DOCKERFILES.other(registry.host),
        'apps/my-os/linuxkit.yml': smallYaml(`${registry.host}/init:1`, {
          services: [{ name: 'app', image: '@pkg:../../pkg/app' }],
        }),
      },
    });
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('are refused in CI while FROM is not locked, with the line and the command', async () => {
    const run = await workspace.nxWith({ env: { CI: 'true' } }, 'build', 'pkg/base');
    expect(run.code).not.toBe(0);
    expect(run.output).toContain(
      `pkg/base/Dockerfile:1: the lock of pkg/base does not pin ${registry.host}/web:1`,
    );
    expect(run.output).toContain('Run `nx lock pkg/base`');
    expect(workspace.exists('pkg/base/build.lock.json')).toBe(false);
  });

  it('are locked and built by one command; the next one has the graph', async () => {
    const { output } = await workspace.succeed('build', 'pkg/app');
    expect(output).toMatch(/pkg\/app for linux\/amd64: sha256:[0-9a-f]{64}/);
    expect(Object.keys(JSON.parse(workspace.read('pkg/base/build.lock.json')).images)).toEqual([
      `${registry.host}/web:1`,
    ]);
    expect(workspace.exists('pkg/app/build.lock.json')).toBe(false);
    const second = await workspace.succeed('build', 'pkg/app');
    expect(second.executed).toEqual([
      'oci@web:pull-image',
      'pkg@pkg-app:make-image',
      'pkg@pkg-base:make-image',
    ]);
    expect(second.work).toEqual([]);
    expect((await workspace.succeed('build', 'pkg/app')).ran).toEqual([]);
  });

  it('have the digest of the graph when the command builds them, which writes nothing beside its cache', async () => {
    const { output } = await workspace.succeed('build', 'pkg/app', '--skip-nx-cache');
    const [digest] = /sha256:[0-9a-f]{64}/.exec(output) ?? [];
    const before = workspace.exists('pkg/app/build.lock.json');
    const program = workspace.path('node_modules/nx-linuxkit/bin/nx-linuxkit.cjs');
    const flags = ['--cache', workspace.path('cache'), '--platforms', 'linux/amd64', '--hash', 'x'];
    const run = await runProcess(process.execPath, [program, 'pkg', 'build', ...flags, 'pkg/app'], {
      cwd: workspace.dir,
      env: process.env,
    });
    workspace.remove('cache');
    expect(run.output).toContain(`pkg/app for linux/amd64: ${digest}`);
    expect([run.code, workspace.exists('pkg/app/build.lock.json')]).toEqual([0, before]);
  });

  it('are images of a system like any other', async () => {
    await workspace.succeed('lock', 'my-os');
    await workspace.succeed('build', 'my-os');
    const root = 'containers/services/app/lower';
    expect(tar()).toContain(`${root}/bin/app`);
    expect(fileInTar(`${root}/etc/base/release`)).toBe('one\n');
    expect(fileInTar(`${root}/usr/share/web/data`)).toContain('data of web');
    const config = JSON.parse(fileInTar('containers/services/app/config.json'));
    expect(config.process).toMatchObject({ args: ['/bin/app'], env: ['PATH=/bin', 'BASE=1'] });
    expect(config.process.capabilities.effective).toEqual(['CAP_CHOWN']);
  });

  it('are built again when a file below changes, with what stands on them and nothing else', async () => {
    // The first run locks what no system names; the second one has its graph.
    for (let runs = 0; runs < 2; runs += 1) await workspace.succeed('run-many', '-t', 'build');
    workspace.edit('pkg/base/files/release', () => 'two\n');
    const run = await workspace.succeed('run-many', '-t', 'build');
    expect(run.executed).toEqual([
      'my-os:tar',
      'my-os@initramfs:initramfs',
      'my-os@oci-config:oci-config',
      'pkg@pkg-app:extract-image',
      'pkg@pkg-app:make-image',
      'pkg@pkg-app@services:segment',
      'pkg@pkg-base:make-image',
    ]);
    expect(fileInTar('containers/services/app/lower/etc/base/release')).toBe('two\n');
  });

  it('do not read what .dockerignore leaves out', async () => {
    workspace.write({ 'pkg/app/notes.md': 'other notes\n', 'pkg/app/more.md': 'more\n' });
    expect((await workspace.succeed('build', 'my-os')).ran).toEqual([]);
    workspace.write({ 'pkg/app/new.txt': 'read\n' });
    expect((await workspace.succeed('build', 'pkg/app')).executed).toEqual(['pkg@pkg-app:make-image']);
  });

  it('see a changed mode and a changed target of a link', async () => {
    workspace.write({ 'pkg/app/target': 'x' });
    execFileSync('ln', ['-s', 'target', workspace.path('pkg/app/link')]);
    await workspace.succeed('build', 'pkg/app');
    execFileSync('chmod', ['+x', workspace.path('pkg/app/app')]);
    expect((await workspace.succeed('build', 'pkg/app')).executed).toEqual(['pkg@pkg-app:make-image']);
    workspace.write({ 'pkg/app/target2': 'x' });
    await workspace.succeed('build', 'pkg/app');
    execFileSync('ln', ['-sfn', 'target2', workspace.path('pkg/app/link')]);
    expect((await workspace.succeed('build', 'pkg/app')).executed).toEqual(['pkg@pkg-app:make-image']);
  });

  it('see a changed file that git ignores', async () => {
    workspace.edit('.gitignore', (text) => `${text}*.bin\n`);
    workspace.write({ 'pkg/app/tool.bin': '1' });
    await workspace.succeed('build', 'pkg/app');
    workspace.write({ 'pkg/app/tool.bin': '2' });
    expect((await workspace.succeed('build', 'pkg/app')).executed).toEqual(['pkg@pkg-app:make-image']);
  });

  it('with RUN are built by the builder that is there', async () => {
    workspace.write({
      'pkg/shell/build.yml': 'image: shell\n',
      'pkg/shell/Dockerfile': 'FROM scratch\nCOPY root /\nRUN ["/bin/busybox", "touch", "/made"]\n',
    });
    copyBusybox(workspace.path('pkg/shell/root'));
    const { output } = await workspace.succeed('build', 'pkg/shell');
    expect(output).toMatch(/STEP 3\/3: RUN/);
    expect(output).toMatch(/image pkg@pkg-shell: [0-9a-f]{12}, .*, by buildah version/);
    expect((await workspace.succeed('build', 'pkg/shell')).ran).toEqual([]);
  });

  it('of a variant have a project and a node of their own', async () => {
    const { output } = await workspace.succeed('build', 'pkg/other/build-alt.yml');
    expect(output).toContain('pkg/other/build-alt.yml for linux/amd64: sha256:');
    expect(Object.keys(JSON.parse(workspace.read('pkg/other/build-alt.lock.json')).images)).toEqual([
      `${registry.host}/init:1`,
    ]);
  });

  it('are selected by `nx affected` when they, or those below them, changed', async () => {
    workspace.commit();
    const affected = async () => (await workspace.succeed('affected', '-t', 'build', '--uncommitted')).built;
    workspace.edit('pkg/base/files/release', () => 'three\n');
    expect(await affected()).toEqual(['my-os', 'pkg/app', 'pkg/base']);
    workspace.commit();
    workspace.write({ 'pkg/app/notes.md': 'third notes\n' });
    expect(await affected()).toEqual([]);
    workspace.edit('pkg/other/Dockerfile', (text) => `${text}ENV X=1\n`);
    expect(await affected()).toEqual(['pkg/other', 'pkg/other/build-alt.yml']);
  });

  it('take a new image by `nx lock --update` alone', async () => {
    await workspace.succeed('build', 'pkg/base');
    await pushTo(registry, await systemImage('web', 2), 'web:1');
    expect((await workspace.succeed('build', 'pkg/base')).ran).toEqual([]);
    await workspace.succeed('lock', 'pkg/base', '--update');
    expect((await workspace.succeed('build', 'pkg/base')).executed).toEqual([
      'oci@web:pull-image',
      'pkg@pkg-base:make-image',
    ]);
  });

  it('build again with an empty store and a full cache, and the other way round', async () => {
    await workspace.succeed('build', 'my-os');
    const before = workspace.bytes('dist/apps/my-os/tar/my-os.tar');
    workspace.emptyStore();
    workspace.remove('dist', '.linuxkit');
    await workspace.succeed('build', 'my-os');
    expect(workspace.bytes('dist/apps/my-os/tar/my-os.tar').equals(before)).toBe(true);
    workspace.emptyAll();
    await workspace.succeed('build', 'my-os');
    expect(workspace.bytes('dist/apps/my-os/tar/my-os.tar').equals(before)).toBe(true);
  });

  it.each([
    [
      'FROM linuxkit/app:1\n',
      'packages are built on each other: pkg/base/build.yml linux/amd64, pkg/app/build.yml',
    ],
    ['FROM scratch\nRUN x\n', 'buildah ended with'],
    ['FROM scratch\nCOPY nothing /\n', 'pkg/base/Dockerfile:2: COPY: nothing is not in the build context'],
    ['FORM scratch\n', 'pkg/base/Dockerfile:1: expected ARG or FROM, got FORM'],
  ])('fail with one error for %j', async (text, message) => {
    const before = workspace.read('pkg/base/Dockerfile');
    workspace.write({ 'pkg/base/Dockerfile': text });
    const run = await workspace.nx('build', 'pkg/base');
    workspace.write({ 'pkg/base/Dockerfile': before });
    expect(run.code).not.toBe(0);
    expect(run.output).toContain(message);
    expect(run.output).not.toMatch(/^ +at /m);
  });
});
