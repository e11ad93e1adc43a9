/** Where in a text a fault lies; line and column count from 1. */
export interface Where {
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

export interface FaultDetails {
  /** What to do about it, as an imperative sentence. */
  readonly hint?: string;
  readonly where?: Where;
  readonly cause?: unknown;
}

/**
 * An error that a person can act on. Each package derives one class with a closed union of codes.
 * Messages are lower case and say what was expected and what was got; `describe` adds where and the hint.
 */
export class Fault<Code extends string = string> extends Error {
  readonly hint?: string;
  readonly where?: Where;

  constructor(
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

/** `file:line:column`, leaving out what is not known. */
export function formatWhere({ file, line, column }: Where): string {
  return [file, line, line === undefined ? undefined : column].filter((part) => part !== undefined).join(':');
}

/**
 * What a person reads: one message, where, the causes that are faults themselves, and the hint; no stack
 * trace for a Fault. Anything else is a defect of ours and keeps its stack.
 */
export function describe(error: unknown): string {
  if (!(error instanceof Fault))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  const lines = [`${error.where ? `${formatWhere(error.where)}: ` : ''}${error.message}`];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    lines.push(`  because: ${cause.message}`);
  }
  if (error.hint) lines.push(`  hint: ${error.hint}`);
  return lines.join('\n');
}
