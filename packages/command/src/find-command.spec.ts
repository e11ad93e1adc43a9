import { commands } from './commands/table.js';
import { findCommand } from './find-command.js';

const found = async (...args: string[]) => {
  const answer = await findCommand(args, commands);
  return answer === 'overview' ? answer : [answer.command.name, ...answer.rest];
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
  ['the version', ['--version'], ['version']],
  ['help for a command', ['help', 'cache', 'ls'], ['cache ls', '--help']],
])('finds %s', async (_, args, expected) => expect(await found(...args)).toEqual(expected));

it.each([[[]], [['help']], [['--help']]])('%j asks for the overview', async (args) => {
  expect(await found(...args)).toBe('overview');
});

it.each([
  ['biuld', 'Did you mean build?'],
  ['cache exprot', 'Did you mean cache export?'],
  ['push asw', 'Did you mean push aws?'],
  ['size', 'It is a target of systems in an Nx workspace: `nx size my-os`.'],
  ['diff', 'It is a target of systems in an Nx workspace: `nx diff my-os`.'],
  ['cache', 'Known: cache ls, cache pull, cache push, cache import, cache export, cache rm, cache clean.'],
])('%s is unknown, with a hint', async (words, hint) => {
  await expect(found(...words.split(' '))).rejects.toMatchObject({ code: 'unknown-command', hint });
});

it('a flag without a command is refused', async () => {
  await expect(found('--foo')).rejects.toMatchObject({
    code: 'unknown-flag',
    message: 'nx-linuxkit has no flag --foo',
  });
});
