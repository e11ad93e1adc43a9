import { build } from '../commands/build/definition.js';
import { commands } from '../commands/table.js';
import { runQemu } from '../commands/run/definition.js';
import { flagsOf, parseFlags } from './parse.js';

it.each([
  ['a value behind a space', ['--name', 'x'], 'name', ['x']],
  ['a value behind =', ['--name=x=y'], 'name', ['x=y']],
  ['a short flag', ['-f', 'tar'], 'format', ['tar']],
  ['a dash as a value', ['-o', '-'], 'o', ['-']],
  ['a list with commas, repeated', ['-f', 'tar,docker', '--format=iso'], 'format', ['tar', 'docker', 'iso']],
  ['a switch', ['--docker'], 'docker', ['true']],
  ['a switch that is off', ['--docker=false'], 'docker', ['false']],
  ['a global flag', ['--cache', 'dir'], 'cache', ['dir']],
])('reads %s', async (_, args, name, expected) => {
  expect((await parseFlags(build, args)).values.list(name)).toEqual(expected);
});

it('a repeated flag keeps its commas', async () => {
  const { values } = await parseFlags(runQemu, ['--disk', 'a.img,size=1G', '--disk=b.img']);
  expect(values.list('disk')).toEqual(['a.img,size=1G', 'b.img']);
});

it('files stand anywhere, and all behind -- are files', async () => {
  const { given } = await parseFlags(build, ['a.yml', '--name', 'x', '-', '--', '--b.yml']);
  expect(given).toEqual(['a.yml', '-', '--b.yml']);
});

it.each([
  ['an unknown flag names the nearest one', ['--formats', 'tar'], 'unknown-flag', 'Did you mean --format?'],
  ['an unknown value names the nearest one', ['--format', 'iso-uefi'], 'bad-flag', 'Did you mean iso-efi?'],
  ['a flag without its value', ['--name'], 'bad-flag', 'Write --name NAME.'],
  ['flags that exclude each other', ['-o', '-', '--dir', 'x'], 'bad-flag', 'Leave one of them out.'],
])('%s', async (_, args, code, hint) => {
  await expect(parseFlags(build, args)).rejects.toMatchObject({ code, hint });
});

it.each([
  ['a switch', build, ['--docker=maybe'], 'expected true or false, got "maybe"'],
  ['a number', runQemu, ['--mem', '2G'], 'expected a whole number, got "2G"'],
])('%s with another value is refused', async (_, command, args, message) => {
  await expect(parseFlags(command, args)).rejects.toThrow(message);
});

it('a flag that LinuxKit has and that cannot be taken says why', async () => {
  const refused = commands.flatMap((command) =>
    command.flags.filter(({ as }) => as === 'refused').map((flag) => ({ command, flag })),
  );
  expect(refused.length).toBeGreaterThan(0);
  for (const { command, flag } of refused) {
    const failed = parseFlags(command, [`--${flag.name}=1`]);
    await expect(failed).rejects.toMatchObject({
      code: 'unsupported',
      message: `--${flag.name}: ${flag.text}`,
    });
  }
});

describe.each(commands)('$name', (command) => {
  it('has each flag and each letter once', () => {
    const flags = flagsOf(command);
    const letters = flags.flatMap(({ short }) => short ?? []);
    expect(new Set(flags.map(({ name }) => name)).size).toBe(flags.length);
    expect(new Set(letters).size).toBe(letters.length);
  });

  it('shows a value for every flag but a switch', () => {
    for (const { kind, value } of flagsOf(command)) expect(value === undefined).toBe(kind === 'switch');
  });
});
