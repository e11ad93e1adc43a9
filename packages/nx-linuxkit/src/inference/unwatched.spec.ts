import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { logger } from '@nx/devkit';
import { MY_OS, init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, write, path } = inferenceWorkspace();

const options = (project: { targets?: Record<string, { options?: unknown }> }, target: string) =>
  project.targets?.[target].options as Record<string, unknown>;

describe('a system whose keys may be out of date is built whole, uncached', () => {
  const files = {
    'apps/my-os/linuxkit.yml': `extends: [base.yml]\n${init('init:1')}`,
    'apps/my-os/base.yml': 'files: []\n',
    'apps/my-os/linuxkit.lock.json': lock(['init:1']),
  };

  it.each(['base.yml', 'linuxkit.yml', 'linuxkit.lock.json'])('when git ignores %s', async (name) => {
    write({ '.gitignore': `${name}\n` });
    const projects = await infer(files);
    expect(Object.keys(projects)).toEqual(['my-os']);
    for (const target of ['build', 'tar']) {
      expect(projects['my-os'].targets?.[target]).toMatchObject({
        executor: 'nx-linuxkit:build',
        cache: false,
      });
      expect(options(projects['my-os'], target).uncached).toBe(`apps/my-os/${name} is git-ignored`);
    }
  });

  it('when it uses a package outside the workspace', async () => {
    write({ '../outside/build.yml': 'image: a\ncontents: {}\n' });
    const projects = await infer({ ...files, 'apps/my-os/linuxkit.yml': init('"@pkg:../../../outside"') });
    expect(options(projects['my-os'], 'build').uncached).toBe(
      'the package ../outside is outside the workspace',
    );
  });
});

it('nothing downstream of a package that Nx cannot watch is cached', async () => {
  write({ 'images/a/build.yml': 'image: a\ncontents: {files: [{path: /a, source: a}]}\n' });
  symlinkSync('/etc/hostname', path('images/a/a'));
  const projects = await infer({ 'apps/my-os/linuxkit.yml': init('"@pkg:../../images/a"') });
  const cached = Object.values(projects).flatMap(({ name, targets = {} }) =>
    Object.entries(targets).flatMap(([target, { cache }]) => (cache ? `${name}:${target}` : [])),
  );
  expect(cached).toEqual(['my-os@verify:verify-images']);
  const reason = 'the symlink images/a/a leads outside the workspace';
  expect(options(projects['pkg@images-a'], 'make-image').uncached).toBe(reason);
});

describe("in Nx's daemon, which overlooks all but the bytes of files", () => {
  const before = process.env.NX_DAEMON_PROCESS;
  beforeEach(() => (process.env.NX_DAEMON_PROCESS = 'true'));
  afterEach(() => {
    if (before === undefined) delete process.env.NX_DAEMON_PROCESS;
    else process.env.NX_DAEMON_PROCESS = before;
  });

  it('nothing is cached that reads a file through a symlink', async () => {
    write({ 'shared/text': '', 'apps/my-os/x': '' });
    symlinkSync('../../shared/text', path('apps/my-os/l'));
    const projects = await infer({
      'apps/my-os/linuxkit.yml': `${init('init:1')}files:\n  - {path: a, source: ./l}\n`,
      'apps/my-os/linuxkit.lock.json': lock(['init:1']),
    });
    expect(options(projects['my-os@initramfs'], 'initramfs').uncached).toBe(
      "Nx's daemon does not see where the symlink apps/my-os/l leads",
    );
    for (const target of ['build', 'tar']) expect(projects['my-os'].targets?.[target].cache).toBe(false);
  });

  it('a system whose package is named by a symlink is built whole, uncached', async () => {
    write({ 'shared/a/build.yml': 'image: a\ncontents: {}\n' });
    mkdirSync(path('images'));
    symlinkSync('../shared/a', path('images/a'));
    const projects = await infer({ 'apps/my-os/linuxkit.yml': init('"@pkg:../../images/a"') });
    expect(options(projects['my-os'], 'build').uncached).toBe(
      "Nx's daemon does not see where the symlink images/a leads",
    );
  });

  it('the image of a Dockerfile is compared in each command, under the hash that it has without a daemon', async () => {
    const files = {
      'pkg/a/build.yml': 'image: a\n',
      'pkg/a/Dockerfile': 'FROM scratch\nCOPY . /\n',
      'apps/my-os/linuxkit.yml': init('"@pkg:../../pkg/a"'),
    };
    const inDaemon = (await infer(files))['pkg@pkg-a'].targets?.['make-image'];
    delete process.env.NX_DAEMON_PROCESS;
    const without = (await infer(files))['pkg@pkg-a'].targets?.['make-image'];
    expect([inDaemon?.cache, without?.cache]).toEqual([false, true]);
    expect({ ...inDaemon, cache: true }).toEqual(without);
  });
});

describe('a name that cannot be used fails its own targets, with its place, and no others', () => {
  const message = async (files: Record<string, string>, name: string) => {
    const projects = await infer({ ...MY_OS, ...files });
    expect(projects['my-os'].targets?.build.executor).toBe('nx-linuxkit:stage');
    return options(projects[name], 'build').message;
  };

  it.each(['{workspaceRoot}', 'a{projectRoot}', '{projectName}b'])('a folder called %s', async (name) => {
    const text = await message(
      {
        [`apps/${name}/linuxkit.yml`]: init('init:1'),
        [`apps/${name}/linuxkit.lock.json`]: lock(['init:1']),
      },
      name,
    );
    const spaced = name.replace('{', '{ ').replace('}', ' }');
    expect(text).toContain(`apps/${spaced}/linuxkit.yml: Nx would replace ${/\{.*\}/.exec(spaced)?.[0]}`);
  });

  it.each(['"a\\0b"', '"\\uD800"'])('a source called %s', async (source) => {
    const text = await message(
      {
        'apps/other/linuxkit.yml': `${init('init:1')}files:\n  - {path: a, source: ${source}}\n`,
        'apps/other/linuxkit.lock.json': lock(['init:1']),
      },
      'other',
    );
    expect(text).toMatch(/^apps\/other\/linuxkit.yml:6:\d+: .* cannot be the name of a file/);
  });
});

it.each(['dist', '.linuxkit'])('%s as a symlink is warned of', async (name) => {
  const warn = jest.spyOn(logger, 'warn').mockImplementation(() => undefined);
  mkdirSync(path('elsewhere'));
  symlinkSync('elsewhere', path(name));
  await infer(MY_OS);
  const said = warn.mock.calls.flat();
  warn.mockRestore();
  expect(said).toEqual([expect.stringContaining(`${name} is a symlink`)]);
});

it('a folder whose name begins with ! has a project that Nx does not read as an exclusion', async () => {
  const projects = await infer({ [join('apps', '!a', 'linuxkit.yml')]: init('init:1') });
  expect(Object.keys(projects)).toEqual(['_a']);
});
