import type { Instruction } from '../parse/instruction.js';
import { wrong } from '../plan/arguments.js';
import { expandWord, type Scope } from './scope.js';

/** Nanoseconds of Go's units of time. */
const UNITS: Readonly<Record<string, number>> = {
  h: 3600e9,
  m: 60e9,
  s: 1e9,
  ms: 1e6,
  us: 1e3,
  µs: 1e3,
  ns: 1,
};

/** The keys of Docker's config by the flags of the instruction. */
const TIMES: Readonly<Record<string, string>> = {
  interval: 'Interval',
  timeout: 'Timeout',
  'start-period': 'StartPeriod',
  'start-interval': 'StartInterval',
};

/** HEALTHCHECK as Docker's config has it. https://docs.docker.com/reference/dockerfile/#healthcheck */
export function readHealthcheck(scope: Scope, instruction: Instruction): object {
  const { dockerfile } = scope.plan;
  const [, kind, rest] = /^(\S+)\s*([^]*)$/.exec(instruction.text) ?? ['', '', ''];
  if (kind.toUpperCase() === 'NONE') return { Test: ['NONE'] };
  if (kind.toUpperCase() !== 'CMD' || rest === '') {
    throw wrong(dockerfile, instruction, 'expected NONE, or CMD with a command');
  }
  const options = instruction.flags.map(({ name, value }): [string, number] => {
    const text = expandWord(scope, instruction, value);
    if (name === 'retries' && /^\d+$/.test(text)) return ['Retries', Number(text)];
    const time = nanoseconds(text);
    if (!Object.hasOwn(TIMES, name) || time === undefined) {
      throw wrong(
        dockerfile,
        instruction,
        `expected a flag as --interval=30s or --retries=3, got --${name}=${value}`,
      );
    }
    return [TIMES[name], time];
  });
  const words = wordsOf(rest);
  return { Test: words ? ['CMD', ...words] : ['CMD-SHELL', rest], ...Object.fromEntries(options) };
}

function wordsOf(text: string): string[] | undefined {
  try {
    const value = text.startsWith('[') ? (JSON.parse(text) as unknown) : undefined;
    return Array.isArray(value) && value.every((word) => typeof word === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Go's notation of a duration, such as `1m30s`. */
function nanoseconds(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return undefined;
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|ns)/g)];
  return parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0);
}
