import type { Where } from '@nx-linuxkit/errors';
import type { Instruction } from './instruction.js';

/** A stage of a Dockerfile: FROM and what follows it. */
export interface StageText {
  readonly index: number;
  /** In lower case, as stages are found without regard to case. */
  readonly name?: string;
  readonly from: Instruction;
  /** The reference, the name of a stage or `scratch`, with its variables as they are written. */
  readonly base: string;
  /** Those after FROM. */
  readonly instructions: readonly Instruction[];
}

/** A parsed Dockerfile. */
export interface Dockerfile {
  /** Its path, for messages. */
  readonly file: string;
  readonly text: string;
  /** The character that escapes: a backslash, unless a directive says a backtick. */
  readonly escape: string;
  /** The line in the file of each line of the text, where triggers of images below were written into the text. */
  readonly origins?: readonly number[];
  /** ARG before the first FROM. */
  readonly globals: readonly Instruction[];
  /** At least one. */
  readonly stages: readonly StageText[];
}

/** The place of an instruction, for an error. */
export function whereOf(
  { file, origins }: Pick<Dockerfile, 'file' | 'origins'>,
  { line }: Pick<Instruction, 'line'>,
): Where {
  return { file, line: origins?.[line - 1] ?? line };
}
