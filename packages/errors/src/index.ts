export { installCommand } from './install-command.js';
import { printable } from './printable.js';

export { nearest } from './nearest.js';
export { printable } from './printable.js';

/** A place in a text file, for instance a key of a YAML document. */
export interface Where {
  /** Path of the file, as the user should read it. */
  readonly file: string;
  /** Line, counted from 1. */
  readonly line?: number;
  /** Column, counted from 1; ignored without `line`. */
  readonly column?: number;
}

/** What an error says beside its message. */
export interface FaultDetails {
  /** What the user should do, as an imperative sentence. */
  readonly hint?: string;
  /** The place in a file that is at fault. */
  readonly where?: Where;
  /** The error that led to this one. */
  readonly cause?: unknown;
}

/**
 * An error that the user can act on. Each package derives one class from it, with a closed union of codes as
 * `Code`. The message is lower case and says what was expected and what was found; it names neither the place
 * nor the hint, because `describe` adds both.
 */
export class Fault<Code extends string = string> extends Error {
  /** What the user should do, as an imperative sentence. */
  readonly hint?: string;
  /** The place in a file that is at fault. */
  readonly where?: Where;

  constructor(
    /** Tells errors apart in a program; it never changes, while messages may. */
    readonly code: Code,
    message: string,
    details: FaultDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
    this.where = details.where;
  }
}

/** Writes a place as `file:line:column`, without the parts that are not known. */
export function formatWhere({ file, line, column }: Where): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
}

/**
 * Writes an error as the user should read it. For a `Fault` that is its place and message, the message of each
 * cause on a line of its own, and the hint. The message of a failed system call says what failed and where. Any other
 * error is a defect of the program, so its stack is kept. Control characters other than line breaks become escapes.
 */
export function describe(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error) return error.message;
  if (!(error instanceof Fault))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = [`${error.where ? `${formatWhere(error.where)}: ` : ''}${error.message}`];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    lines.push(`  because: ${cause.message}`);
  }
  if (error.hint) lines.push(`  hint: ${error.hint}`);
  return lines.flatMap((line) => line.split('\n').map(printable)).join('\n');
}
