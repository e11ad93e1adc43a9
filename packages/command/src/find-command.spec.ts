import { commands } from './commands/table.js';
import { findCommand } from './find-command.js';

const found = async (...args: string[]) => {
  const answer = await findCommand(args, commands);
  return 'overview' in answer
    ? answer.overview.map(({ name }) => name)
    : [answer.command.name, ...answer.rest];
};

it.each([
  ['a command', ['build', 'a.yml'], ['build', 'a.yml']],
  ['a command of two words', ['cache', 'export', 'nginx'], ['cache export', 'nginx']],
  [
    'global flags before and between the words',
    ['--cache', 'ls', 'cache', '-v', '2', 'ls'],
    ['cache ls', '--cache', 'ls', '-v', '2'],
  ],
  ['run without a backend', ['run', '--mem', '2048', 'a.iso'], ['run qemu', '--mem', '2048', 'a.iso']],
  ['run qemu', ['run', 'qemu', 'a.iso'], ['run qemu', 'a.iso']],
  ['help for a command', ['help', 'cache', 'ls'], ['cache ls', '--help']],
])('finds %s', async (_, args, expected) => expect(await found(...args)).toEqual(expected));

it.each([[[]], [['help']], [['--help']]])('%j asks for the overview', async (args) => {
  expect(await found(...args)).toEqual(commands.map(({ name }) => name));
});

it.each([[['cache']], [['cache', '--help']], [['help', 'cache']]])('%j asks for a group', async (args) => {
  const answer = await found(...args);
  expect(answer).toContain('cache ls');
  expect(answer.filter((name) => !name.startsWith('cache '))).toEqual([]);
});

it.each([
  ['--version', 'Did you mean version?'],
  ['--chache=x', 'Did you mean --cache?'],
  ['--frobnicate', 'Run `nx-linuxkit help` for the commands and flags.'],
])('%s without a command is unknown, with a hint', async (flag, hint) => {
  await expect(found(flag)).rejects.toMatchObject({ code: 'unknown-flag', hint });
});

it.each([
  ['biuld', 'Did you mean build?'],
  ['cache exprot', 'Did you mean cache export?'],
  ['push asw', 'Did you mean push aws?'],
  ['inspect', 'It is a target of systems in an Nx workspace: `nx inspect my-os`.'],
  ['boot-test', 'It is a target of systems in an Nx workspace: `nx boot-test my-os`.'],
  [
    'cache exchange',
    'Known: cache ls, cache pull, cache push, cache import, cache export, cache rm, cache clean.',
  ],
])('%s is unknown, with a hint', async (words, hint) => {
  await expect(found(...words.split(' '))).rejects.toMatchObject({ code: 'unknown-command', hint });
});
