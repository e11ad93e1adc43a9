import type { NxRun } from './nx-run.js';

/** One message, where a person sees it, and nothing that only helps its author. */
export function expectOneError({ code, output }: NxRun, message: string | RegExp): void {
  expect({ code, output }).not.toEqual({ code: 0, output });
  const found = typeof message === 'string' ? output.split(message) : output.split(new RegExp(message, 'g'));
  expect({ output, times: found.length - 1 }).toEqual({ output, times: 1 });
  expect(output).not.toMatch(/^ +at .*:\d+:\d+\)?$/m);
}
