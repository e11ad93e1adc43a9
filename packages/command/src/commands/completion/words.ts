import type { Definition } from '../../definition.js';
import { flagsOf } from '../../flags/parse.js';

/** What may follow the words of a command. */
export interface Completion {
  /** Words so far, with spaces: `cache export`; empty for the program alone. */
  readonly after: string;
  /** The next word of a longer command. */
  readonly words: readonly string[];
  /** With their dashes. */
  readonly flags: readonly string[];
  /** Values of flags that have a fixed list. */
  readonly values: readonly { readonly flag: string; readonly values: readonly string[] }[];
}

/** What may be completed: one entry for the program, one for each group, and one for each command. */
export function completionWords(commands: readonly Definition[]): Completion[] {
  const built = commands.filter(({ load }) => load);
  const first = unique(built.map(({ name }) => name.split(' ')[0]));
  const groups = first.filter((word) => built.some(({ name }) => name.startsWith(`${word} `)));
  return [
    { after: '', words: first, flags: [], values: [] },
    ...groups.map((word) => ({ after: word, words: subcommands(built, word), flags: [], values: [] })),
    ...built.map((command) => ({ after: command.name, words: [], ...flagWords(command) })),
  ];
}

function subcommands(commands: readonly Definition[], group: string): string[] {
  return commands.flatMap(({ name }) => (name.startsWith(`${group} `) ? [name.split(' ')[1]] : []));
}

function flagWords(command: Definition): Pick<Completion, 'flags' | 'values'> {
  const flags = flagsOf(command).filter(({ as }) => as !== 'refused');
  return {
    flags: flags.map(({ name }) => `--${name}`),
    values: flags.flatMap(({ name, choices }) => (choices ? [{ flag: `--${name}`, values: choices }] : [])),
  };
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}
