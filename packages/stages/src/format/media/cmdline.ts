import { StageError } from '../../error.js';

/** Takes out the white space around a line, which means nothing to the kernel and is all that a YAML block adds. */
export function trimmedLine(cmdline: string): string {
  return cmdline.replace(/^[ \t-\r]+|[ \t-\r]+$/g, '');
}

/** Why a loader cannot pass on an argument, and what to do about it. */
interface Refusal {
  readonly format: string;
  readonly argument: string;
  readonly reason: string;
  readonly hint: string;
}

/** Gives the error for an argument that would reach the kernel with other bytes. */
export function refusedArgument({ format, argument, reason, hint }: Refusal): StageError {
  return new StageError(
    'bad-cmdline',
    `${format} cannot pass on ${JSON.stringify(argument)} of kernel.cmdline: ${reason}`,
    { hint },
  );
}

/** Unicode's control characters, line break and tab among them. */
const CONTROL = /\p{Cc}/u;

/**
 * Refuses control characters: a line break ends the line in the configurations of syslinux and of the Raspberry Pi,
 * and systemd's stub turns all of them into spaces.
 */
export function checkCharacters(cmdline: string, format: string): void {
  const argument = argumentsOf(cmdline).find((word) => CONTROL.test(word));
  if (argument === undefined) return;
  throw refusedArgument({
    format,
    argument: argument.trimStart(),
    reason: 'a line break or another control character is before it or in it',
    hint: 'Write the line with spaces alone: in YAML, `>-` in place of `|` folds several lines into one.',
  });
}

/**
 * The arguments of a line with the white space before each. Double quotes hold spaces together, as in Linux's
 * next_arg (lib/cmdline.c).
 */
export function argumentsOf(cmdline: string): string[] {
  return cmdline.match(/[ \t-\r]*(?:"[^"]*"?|[^ \t-\r"])+/g) ?? [];
}
