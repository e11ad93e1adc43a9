import type { NxRun } from './nx-run.js';

/** Expects a failed command whose output has the message once, and no stack trace. */
export function expectOneError({ code, output }: NxRun, message: string | RegExp): void {
  expect({ code, output }).not.toEqual({ code: 0, output });
  const found = typeof message === 'string' ? output.split(message) : output.split(new RegExp(message, 'g'));
  expect({ output, times: found.length - 1 }).toEqual({ output, times: 1 });
  expectNoStack(output);
}

/** Expects that the output has no stack trace, which would be a defect of ours. */
export function expectNoStack(output: string): void {
  expect(output).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
}
