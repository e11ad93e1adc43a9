import type * as VerifyRun from './verify-run.js';
import { VERIFY_RUN, preTasksExecution } from './verify-run.js';

const before = process.env[VERIFY_RUN];
beforeEach(() => delete process.env[VERIFY_RUN]);
afterAll(() => {
  if (before !== undefined) process.env[VERIFY_RUN] = before;
});

const run = (...words: string[]) => {
  preTasksExecution!({}, { argv: ['node', 'nx', ...words] });
  return process.env[VERIFY_RUN];
};

it.each([
  ['build', 'my-os', '--verify'],
  ['run-many', '-t', 'build', '--verify=true'],
  ['build', '--verify', 'true'],
])('each `nx %s %s %s` has a hash of its own', (...words) => {
  const values = [run(...words), run(...words)];
  expect(new Set(values).size).toBe(2);
  for (const value of values) expect(value).toMatch(/^[0-9a-f-]{36}$/);
});

it.each([
  ['build', 'my-os'],
  ['verify'],
  ['build', 'verify'],
  ['build', '--verifyX'],
  ['build', '--no-verify'],
])('`nx %s %s` keeps the hash that it has', (...words) => expect(run(...words)).toBeUndefined());

it('a daemon has no hook, which would make each of its commands longer', () => {
  const hook = (env: NodeJS.ProcessEnv) => {
    jest.resetModules();
    Object.assign(process.env, env);
    return jest.requireActual<typeof VerifyRun>('./verify-run.js').preTasksExecution;
  };
  expect(hook({ NX_DAEMON_PROCESS: 'true' })).toBeUndefined();
  delete process.env.NX_DAEMON_PROCESS;
  expect(hook({})).toBeInstanceOf(Function);
});
