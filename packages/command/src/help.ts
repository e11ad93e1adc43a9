import type { Definition, Flag } from './definition.js';
import { globalFlags } from './flags/global-flags.js';

/** The text of `nx-linuxkit help`. */
export function overview(commands: readonly Definition[]): string {
  const rows = commands.map(({ name, text, load }): [string, string] => [
    name,
    load ? text : `${text} (not built)`,
  ]);
  return [
    'nx-linuxkit builds bootable Linux systems out of container images, by LinuxKit’s commands and flags.',
    '',
    ...columns(rows),
    '',
    'Flags of every command:',
    ...columns(globalFlags.map(flagRow)),
    '',
  ].join('\n');
}

/** The text of `nx-linuxkit <command> --help`. */
export function commandHelp({ name, text, given, flags }: Definition): string {
  const shown = flags.filter(({ as }) => as !== 'refused');
  const section = (title: string, rows: readonly Flag[]) =>
    rows.length === 0 ? [] : ['', title, ...columns(rows.map(flagRow))];
  return [
    `nx-linuxkit ${[name, '[FLAGS]', given].filter((word) => word).join(' ')}`,
    '',
    sentence(text),
    ...section('Flags:', shown),
    ...section('Flags of every command:', globalFlags),
    '',
  ].join('\n');
}

/** A flag as help and documentation write it: `-f, --format NAME`. */
export function flagSyntax({ name, short, value }: Flag): string {
  return [short ? `-${short}, ` : '', `--${name}`, value ? ` ${value}` : ''].join('');
}

function flagRow(flag: Flag): [string, string] {
  return [flagSyntax(flag), flag.text];
}

/** Two columns, the first as wide as its longest text. */
function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}

/** A text that begins with its verb, as a sentence. */
export function sentence(text: string): string {
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
