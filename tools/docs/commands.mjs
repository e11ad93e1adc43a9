// The commands and flags of the program, out of its own table.
import { load } from './sources.mjs';
import { table } from './tables.mjs';

const COMMAND = 'packages/command/src';

/** How a flag of LinuxKit is taken, for the column of the table. */
const TAKEN = {
  same: 'the same',
  needless: 'accepted, without effect',
  refused: 'refused',
  ours: 'not in LinuxKit',
};

export function commandsText() {
  const { commands } = load(`${COMMAND}/commands/table.ts`);
  const { globalFlags } = load(`${COMMAND}/flags/global-flags.ts`);
  const built = commands.filter((command) => command.load);
  const missing = commands.filter((command) => !command.load);
  return [
    '### Every command',
    flagsTable(globalFlags),
    ...built.flatMap(commandSection),
    '### Not built',
    table(
      ['LinuxKit', 'what it does', 'in its place'],
      missing.map(({ name, text, instead }) => [`\`${name}\``, text, instead]),
    ),
  ].join('\n\n');
}

function commandSection({ name, given, text, flags }) {
  const syntax = ['nx-linuxkit', name, flags.length > 0 ? '[FLAGS]' : '', given]
    .filter((word) => word)
    .join(' ');
  return [`### ${name}`, `\`${syntax}\` ${text}.`, ...(flags.length > 0 ? [flagsTable(flags)] : [])];
}

function flagsTable(flags) {
  return table(
    ['LinuxKit’s flag', 'here', 'what it does'],
    flags.map((flag) => [syntaxOf(flag), TAKEN[flag.as ?? 'same'], flag.text]),
  );
}

function syntaxOf({ name, short, value }) {
  const written = `--${name}${value ? ` ${value}` : ''}`;
  return [...(short ? [`\`-${short}\``] : []), `\`${written}\``].join(', ');
}
