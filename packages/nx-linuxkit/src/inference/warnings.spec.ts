import { logger } from '@nx/devkit';
import { BUILD_SUMMARY, type BuildSummary } from '../build-summary.js';
import { MY_OS, init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, write } = inferenceWorkspace();

beforeEach(() => jest.spyOn(logger, 'warn').mockImplementation());
afterEach(() => jest.restoreAllMocks());

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
