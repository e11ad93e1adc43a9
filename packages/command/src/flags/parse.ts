import { parseArgs } from 'node:util';
import type { Definition, Flag } from '../definition.js';
import { CommandError } from '../error.js';
import { didYouMean } from './did-you-mean.js';
import { globalFlags } from './global-flags.js';
import { FlagValues } from './values.js';

/** A call of a command, taken apart. */
export interface Parsed {
  readonly values: FlagValues;
  /** What is no flag, in order. */
  readonly given: readonly string[];
}

/** The flags that a command takes. */
export function flagsOf({ flags }: Definition): readonly Flag[] {
  return [...flags, ...globalFlags];
}

/**
 * Reads the arguments of a command. Flags may stand anywhere, as in LinuxKit: `--name x`, `--name=x`, `-f x`, `--docker`,
 * `--docker=false`; all behind `--` is no flag. Throws CommandError `unknown-flag` and `bad-flag`.
 */
export async function parseFlags(command: Definition, args: readonly string[]): Promise<Parsed> {
  const flags = flagsOf(command);
  const { tokens } = parseArgs({
    args: [...args],
    options: optionsOf(flags),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const given: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') given.push(token.value);
    if (token.kind !== 'option') continue;
    const flag = flags.find(({ name }) => name === token.name);
    const long = longWithOneDash(args[token.index], flags);
    if (long !== undefined) throw oneDash(command, long);
    if (!flag) throw await unknownFlag(command, token.rawName, flags);
    if (flag.as === 'refused') throw new CommandError('unsupported', `--${flag.name}: ${flag.text}`);
    values.set(flag.name, [...(values.get(flag.name) ?? []), ...(await valuesOf(flag, token.value))]);
  }
  checkExclusive(command, values);
  return { values: new FlagValues(values), given };
}

/** How node:util reads flags: it only needs to know which of them take a value. */
export function optionsOf(
  flags: readonly Flag[],
): Record<string, { type: 'boolean' | 'string'; short?: string }> {
  return Object.fromEntries(
    flags.map(({ name, short, kind }) => [
      name,
      { type: kind === 'switch' ? 'boolean' : 'string', ...(short ? { short } : {}) },
    ]),
  );
}

async function valuesOf(flag: Flag, value: string | undefined): Promise<string[]> {
  const { kind, name } = flag;
  if (kind === 'switch') {
    if (value === undefined || /^(true|1|t)$/i.test(value)) return ['true'];
    if (/^(false|0|f)$/i.test(value)) return ['false'];
    throw badFlag(flag, 'true or false', value);
  }
  if (value === undefined) {
    throw new CommandError('bad-flag', `--${name} needs a value`, { hint: `Write --${name} ${flag.value}.` });
  }
  if (kind === 'number' && !/^\d+$/.test(value)) throw badFlag(flag, 'a whole number', value);
  const values = kind === 'list' ? value.split(',') : [value];
  for (const one of values) if (flag.choices && !flag.choices.includes(one)) throw await badChoice(flag, one);
  return values;
}

function badFlag({ name }: Flag, expected: string, got: string): CommandError {
  return new CommandError('bad-flag', `--${name}: expected ${expected}, got ${JSON.stringify(got)}`);
}

async function badChoice({ name, choices = [] }: Flag, got: string): Promise<CommandError> {
  return new CommandError('bad-flag', `--${name}: unknown value ${JSON.stringify(got)}`, {
    hint: (await didYouMean(got, choices)) ?? `Write one of ${choices.join(', ')}.`,
  });
}

async function unknownFlag(
  { name }: Definition,
  written: string,
  flags: readonly Flag[],
): Promise<CommandError> {
  const known = flags.map((flag) => `--${flag.name}`);
  return new CommandError('unknown-flag', `${name} has no flag ${written}`, {
    hint:
      (await didYouMean(written, known)) ?? `Run \`nx-linuxkit ${name} --help\` for the flags that it has.`,
  });
}

/** A flag of several letters behind one dash, as LinuxKit had them before version 1: `-format`. */
function longWithOneDash(argument: string, flags: readonly Flag[]): string | undefined {
  const name = /^-([a-z][a-z-]+)(=|$)/.exec(argument)?.[1];
  return flags.some((flag) => flag.name === name) ? name : undefined;
}

function oneDash(command: Definition, name: string): CommandError {
  return new CommandError('unknown-flag', `${command.name} has no flag -${name}`, {
    hint: `Did you mean --${name}? A flag of several letters has two dashes.`,
  });
}

function checkExclusive({ exclusive = [] }: Definition, values: ReadonlyMap<string, unknown>): void {
  for (const group of exclusive) {
    const given = group.filter((name) => values.has(name));
    if (given.length < 2) continue;
    const names = given.map((name) => `--${name}`).join(' and ');
    throw new CommandError('bad-flag', `${names} exclude each other`, { hint: 'Leave one of them out.' });
  }
}
