import { Fault } from '@nx-linuxkit/errors';

/** The codes of CommandError; README.md says what each means. */
export type CommandErrorCode =
  | 'unknown-command'
  | 'unknown-flag'
  | 'bad-flag'
  | 'bad-argument'
  | 'not-built'
  | 'unsupported'
  | 'same-file';

/** An error about what was typed: a command, a flag, an argument. */
export class CommandError extends Fault<CommandErrorCode> {}
