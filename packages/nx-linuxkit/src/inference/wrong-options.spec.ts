import { logger } from '@nx/devkit';
import { optionChecks } from '../check-options.js';
import type { PluginOptions } from '../options.js';
import { MY_OS, inferenceWorkspace } from './__tests__/infer.js';

const { infer } = inferenceWorkspace();
/** With `strict` a wrong option is meant to stop the graph. */
const OPTIONS = Object.keys(optionChecks).filter((name) => name !== 'strict');
const VALUES = [null, true, 7, 'x', [], [1], [null], [[]], {}, { a: 1 }, { a: null }];

beforeEach(() => void jest.spyOn(logger, 'warn').mockImplementation());
afterEach(() => jest.restoreAllMocks());

/** An exception in a plugin would stop the graph of all projects, and not name the option. */
it.each(OPTIONS)('the option %s of any type leaves the graph of the workspace whole', async (name) => {
  for (const value of VALUES) {
    const options = { [name]: value } as PluginOptions;
    const projects = await infer(MY_OS, { options });
    expect([value, Object.keys(projects)]).toEqual([value, expect.arrayContaining(['my-os'])]);
  }
});
