import { logger } from '@nx/devkit';
import { BUILD_SUMMARY, warningsOf, type BuildSummary } from '../build-summary.js';
import { MY_OS, init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, write } = inferenceWorkspace();

beforeEach(() => {
  jest.spyOn(logger, 'warn').mockImplementation();
  process.env.NX_DAEMON_PROCESS = 'true';
});
afterEach(() => {
  jest.restoreAllMocks();
  delete process.env.NX_DAEMON_PROCESS;
});

it('the build of a system says the warnings about it and no others, uncached, because a daemon’s log is not seen', async () => {
  write({ 'apps/my-os/project.json': '{"name":"my-os","targets":{"tar":{"command":"x"}}}' });
  const other = {
    'apps/other/linuxkit.yml': init('init:1'),
    'apps/other/linuxkit.lock.json': lock(['init:1']),
  };
  const projects = await infer({ ...MY_OS, ...other, 'apps/my-os/linuxkit.yaml': init('init:1') });
  const said = (name: string) => {
    const { cache, metadata } = projects[name].targets?.build ?? {};
    const summary = (metadata as Record<string, unknown>)[BUILD_SUMMARY] as BuildSummary;
    return { cache, warnings: summary.warnings };
  };
  expect(said('my-os')).toEqual({
    cache: false,
    warnings: [
      'apps/my-os/linuxkit.yaml: not used, because apps/my-os/linuxkit.yml is beside it',
      expect.stringContaining('has a target tar of its own'),
    ],
  });
  expect(said('other')).toEqual({ cache: true, warnings: undefined });
});

it('each build names a YAML of LinuxKit that is not built, until the option `include` takes it out', async () => {
  write({ 'hook.yml': 'kernel:\n  image: kernel:1\ninit:\n  - init:1\n' });
  const said = async (include: readonly string[]) =>
    warningsOf((await infer(MY_OS, { options: { include } }))['my-os'].targets?.build);
  expect(await said([])).toEqual([expect.stringMatching(/^hook\.yml: not built, though/)]);
  expect(await said(['!hook.yml'])).toEqual([]);
});

it('without a daemon the warnings are printed, and no build says them again', async () => {
  delete process.env.NX_DAEMON_PROCESS;
  const projects = await infer({ ...MY_OS, 'apps/my-os/linuxkit.yaml': init('init:1') });
  expect(warningsOf(projects['my-os'].targets?.build)).toEqual([]);
  expect(projects['my-os'].targets?.build.cache).toBe(true);
});

it('a process prints a warning once, however often it infers', async () => {
  const files = { ...MY_OS, 'apps/my-os/linuxkit.yaml': init('init:1') };
  const printed = jest.spyOn(logger, 'warn').mock.calls;
  const before = printed.length;
  await infer({
    ...files,
    'apps/once/linuxkit.yml': init('init:1'),
    'apps/once/linuxkit.yaml': init('init:1'),
  });
  await infer(files);
  const texts = printed.slice(before).map(([text]) => text as string);
  expect(texts.filter((text) => text.startsWith('apps/once/'))).toHaveLength(1);
});

it('a system that is not locked says them too', async () => {
  const files = { 'apps/my-os/linuxkit.yml': init('init:1'), 'apps/my-os/linuxkit.yaml': init('init:1') };
  const { build } = (await infer(files))['my-os'].targets ?? {};
  expect(build.executor).toBe('nx-linuxkit:build');
  expect(warningsOf(build)).toEqual([
    'apps/my-os/linuxkit.yaml: not used, because apps/my-os/linuxkit.yml is beside it',
  ]);
});
