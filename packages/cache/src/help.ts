import { FLAGS } from './options.js';

const USAGE = `Usage:
  nx-linuxkit-cache --to URL [FLAGS] -- COMMAND    runs COMMAND, in which Nx uses this cache
  nx-linuxkit-cache serve --to URL [FLAGS]         serves until it is ended
  nx-linuxkit-cache stats --to URL                 says what a place holds
  nx-linuxkit-cache gc --to URL --older-than DAYS  removes old entries

Flags:
`;

/** The text of --help. */
export function help(): string {
  const rows = Object.entries(FLAGS).map(([name, flag]) => [
    `--${name}${'value' in flag ? ` ${flag.value}` : ''}`,
    'of' in flag ? `${flag.of}: ${flag.text}` : flag.text,
  ]);
  const width = Math.max(...rows.map(([syntax]) => syntax.length));
  return `${USAGE}${rows.map(([syntax, text]) => `  ${syntax.padEnd(width)}  ${text}\n`).join('')}`;
}
