import { parseArgs } from 'node:util';
import type { Definition } from './definition.js';
import { CommandError } from './error.js';
import { didYouMean } from './flags/did-you-mean.js';
import { globalFlags } from './flags/global-flags.js';
import { optionsOf, parseFlags } from './flags/parse.js';

/** A command with the arguments that are left when its words are taken out. */
export interface FoundCommand {
  readonly command: Definition;
  readonly rest: readonly string[];
}

/** What a group's name alone means, as in LinuxKit: `run PATH` is `run qemu PATH`. */
const DEFAULTS: Readonly<Record<string, string>> = { run: 'run qemu' };

/**
 * Finds the command that the first words name; global flags may stand before them. Without a word, and for `help`, the answer
 * is the overview. Throws CommandError `unknown-command`.
 */
export async function findCommand(
  args: readonly string[],
  commands: readonly Definition[],
): Promise<FoundCommand | 'overview'> {
  const first = wordAt(args, 0);
  if (first === undefined) return (await versionOf(args, commands)) ?? 'overview';
  if (first.word === 'help' && args.length === 1) return 'overview';
  if (first.word === 'help') return findCommand([...without(args, first.index), '--help'], commands);
  const group = commands.filter(({ name }) => name.split(' ')[0] === first.word);
  if (group.length === 0) throw await unknownCommand(first.word, [...new Set(commands.map(firstWord))]);
  const second = wordAt(args, 1);
  const named = group.find(({ name }) => name === `${first.word} ${second?.word}`);
  if (named && second) return { command: named, rest: without(args, first.index, second.index) };
  const alone = group.find(({ name }) => name === first.word);
  const names = group.map(({ name }) => name).filter((name) => name !== first.word);
  const words = [first.word, ...(second ? [second.word] : [])].join(' ');
  if (alone && !alone.load && second && (await didYouMean(words, names))) throw await unknown(words, names);
  if (alone) return { command: alone, rest: without(args, first.index) };
  const usual = group.find(({ name }) => name === DEFAULTS[first.word]);
  if (usual) return { command: usual, rest: without(args, first.index) };
  if (second) throw await unknown(words, names);
  throw new CommandError(
    'unknown-command',
    `expected a command behind ${JSON.stringify(words)}, got nothing`,
    {
      hint: `Known: ${names.join(', ')}.`,
    },
  );
}

/** `--version` without a command is the command of that name, as with other programs; other flags are refused. */
async function versionOf(
  args: readonly string[],
  commands: readonly Definition[],
): Promise<FoundCommand | undefined> {
  const command = commands.find(({ name }) => name === 'version');
  if (command && args.length === 1 && args[0] === '--version') return { command, rest: [] };
  await parseFlags({ name: '', text: '', given: '', flags: [] }, args);
  return undefined;
}

/** The nth word that is neither a global flag nor the value of one. */
function wordAt(args: readonly string[], n: number): { word: string; index: number } | undefined {
  const options = optionsOf(globalFlags);
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words = tokens.flatMap((token) =>
    token.kind === 'positional' ? [{ word: token.value, index: token.index }] : [],
  );
  return words[n];
}

function without(args: readonly string[], ...indexes: readonly number[]): string[] {
  return args.filter((_, index) => !indexes.includes(index));
}

const firstWord = ({ name }: Definition): string => name.split(' ')[0];

/** A word that is a target of the Nx plugin alone gets its Nx command as the hint. */
async function unknownCommand(word: string, known: readonly string[]): Promise<CommandError> {
  const { targetKinds, targetName } = await import('@nx-linuxkit/stages/plan');
  if (!targetKinds().includes(word) || (await didYouMean(word, known))) return unknown(word, known);
  return new CommandError('unknown-command', `unknown command ${JSON.stringify(word)}`, {
    hint: `It is a target of systems in an Nx workspace: \`nx ${targetName(word, {})} my-os\`.`,
  });
}

async function unknown(word: string, known: readonly string[]): Promise<CommandError> {
  return new CommandError('unknown-command', `unknown command ${JSON.stringify(word)}`, {
    hint: (await didYouMean(word, known)) ?? `Known: ${known.join(', ')}.`,
  });
}
