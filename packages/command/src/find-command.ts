import { parseArgs } from 'node:util';
import type { Definition } from './definition.js';
import { CommandError } from './error.js';
import { didYouMean } from './flags/did-you-mean.js';
import { globalFlags } from './flags/global-flags.js';
import { optionsOf } from './flags/parse.js';

/** Commands of which an overview is asked for: all, or those of a group, such as `cache`. */
export interface Overview {
  readonly overview: readonly Definition[];
}

/** A command with the arguments that are left when its words are taken out. */
export interface FoundCommand {
  readonly command: Definition;
  readonly rest: readonly string[];
}

/** What a group's name alone means, as in LinuxKit: `run PATH` is `run qemu PATH`. */
const DEFAULTS: Readonly<Record<string, string>> = { run: 'run qemu' };

/**
 * Finds the command that the first words name; global flags may stand before them. Without a word, for `help`, and for the name
 * of a group alone, the answer is an overview. Throws CommandError `unknown-command` and `unknown-flag`.
 */
export async function findCommand(
  args: readonly string[],
  commands: readonly Definition[],
): Promise<FoundCommand | Overview> {
  const first = wordAt(args, 0);
  if (first === undefined) await checkGlobalFlags(args, commands);
  if (first === undefined || (first.word === 'help' && args.length === 1)) return { overview: commands };
  if (first.word === 'help') return findCommand([...without(args, first.index), '--help'], commands);
  const group = commands.filter(({ name }) => name.split(' ')[0] === first.word);
  if (group.length === 0) throw await unknownCommand(first.word, [...new Set(commands.map(firstWord))]);
  const second = wordAt(args, 1);
  const named = group.find(({ name }) => name === `${first.word} ${second?.word}`);
  if (named && second) return { command: named, rest: without(args, first.index, second.index) };
  const alone = group.find(({ name }) => name === first.word);
  if (alone && !alone.load && second) await checkMistyped(`${first.word} ${second.word}`, group);
  if (alone) return { command: alone, rest: without(args, first.index) };
  const usual = group.find(({ name }) => name === DEFAULTS[first.word]);
  if (usual) return { command: usual, rest: without(args, first.index) };
  if (second === undefined) return { overview: group };
  throw await unknown(
    `${first.word} ${second.word}`,
    group.map(({ name }) => name),
  );
}

/** A call without a command has flags of every command alone, and not such as `--version`. */
async function checkGlobalFlags(args: readonly string[], commands: readonly Definition[]): Promise<void> {
  const known = optionsOf(globalFlags);
  const { tokens } = parseArgs({ args: [...args], options: known, strict: false, tokens: true });
  const flag = tokens.find(
    ({ kind, ...token }) => kind === 'option' && !('name' in token && token.name in known),
  );
  if (flag?.kind !== 'option') return;
  const words = [...commands.map(firstWord), ...Object.keys(known).map((name) => `--${name}`)];
  throw new CommandError(
    'unknown-flag',
    `no command is named, and ${flag.rawName} is no flag of every command`,
    {
      hint:
        (words.includes(flag.name) ? `Did you mean ${flag.name}?` : await didYouMean(flag.rawName, words)) ??
        'Run `nx-linuxkit help` for the commands and flags.',
    },
  );
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

/** Refuses words that are most like those of a command of a group, where the group's name alone is not built. */
async function checkMistyped(words: string, group: readonly Definition[]): Promise<void> {
  const longer = group.map(({ name }) => name).filter((name) => name.includes(' '));
  if (await didYouMean(words, longer)) throw await unknown(words, longer);
}

/** A word that is a target of the Nx plugin alone gets its Nx command as the hint. */
async function unknownCommand(word: string, known: readonly string[]): Promise<CommandError> {
  const { targetKinds, formatTargetName } = await import('@nx-linuxkit/stages/plan');
  if (!targetKinds().includes(word) || (await didYouMean(word, known))) return unknown(word, known);
  return new CommandError('unknown-command', `unknown command ${JSON.stringify(word)}`, {
    hint: `It is a target of systems in an Nx workspace: \`nx ${formatTargetName(word, {})} my-os\`.`,
  });
}

async function unknown(word: string, known: readonly string[]): Promise<CommandError> {
  return new CommandError('unknown-command', `unknown command ${JSON.stringify(word)}`, {
    hint: (await didYouMean(word, known)) ?? `Known: ${known.join(', ')}.`,
  });
}
