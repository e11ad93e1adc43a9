/** `--name=value` before the arguments of an instruction, with its variables as they are written. */
export interface Flag {
  readonly name: string;
  /** '' for a flag without a value. */
  readonly value: string;
}

/** Text that follows an instruction, up to a line that holds the delimiter alone. */
export interface Heredoc {
  /** The delimiter: the name of the file that COPY makes of the text. */
  readonly name: string;
  readonly text: string;
  /** Whether variables in the text are replaced: not if the delimiter is quoted. */
  readonly expands: boolean;
}

/** One instruction of a Dockerfile, before any variable is replaced. */
export interface Instruction {
  /** In upper case: `COPY`. */
  readonly keyword: string;
  readonly flags: readonly Flag[];
  /** The arguments as one line, without comments and continuations. */
  readonly text: string;
  /** The arguments in their JSON form, if they have that form. */
  readonly json?: readonly string[];
  readonly heredocs: readonly Heredoc[];
  /** Its first line, counted from 1. */
  readonly line: number;
  /** The last line of its text, with its heredocs. */
  readonly lastLine: number;
}
