import type { ConsolePattern } from './options.js';

/** A kernel time stamp, `[    3.214159]`, with `printk.time` on as distributions have it. */
const STAMP = /^\[ *(\d+\.\d+)\]/;

export interface Match {
  readonly pattern: ConsolePattern;
  readonly uptime?: number;
}

export interface ConsoleEvents {
  readonly onMatch?: (match: Match) => void;
  readonly onForbidden?: (line: string, pattern: ConsolePattern) => void;
  readonly onLine?: (line: string) => void;
}

/**
 * Looks for patterns in console text as it comes, line by line: a pattern never spans lines. The line that is
 * still open counts too, since a prompt has no newline. In given order, each pattern is looked for after the
 * end of the one before it, on the same line or later.
 */
export class ConsoleMatcher {
  private readonly pending: ConsolePattern[];
  private line = '';
  /** Up to where the open line has been used up by patterns in order. */
  private used = 0;
  private uptime: number | undefined;

  constructor(
    expect: readonly ConsolePattern[],
    private readonly order: 'given' | 'any',
    private readonly forbidden: readonly ConsolePattern[],
    private readonly events: ConsoleEvents,
  ) {
    this.pending = [...expect];
  }

  get missing(): readonly ConsolePattern[] {
    return this.pending;
  }

  write(text: string): void {
    const lines = text.split('\n');
    const open = lines.pop() ?? '';
    for (const line of lines) {
      this.line += line;
      this.look(true);
      this.line = '';
      this.used = 0;
    }
    this.line += open;
    this.look(false);
  }

  private look(complete: boolean): void {
    const stamp = STAMP.exec(this.line);
    if (stamp) this.uptime = Number(stamp[1]);
    this.take();
    if (!complete) return;
    const bad = this.forbidden.find((pattern) => find(pattern, this.line, 0));
    if (bad !== undefined) this.events.onForbidden?.(this.line, bad);
    this.events.onLine?.(this.line);
  }

  private take(): void {
    for (let index = 0; index < this.pending.length;) {
      const pattern = this.pending[index];
      const found = find(pattern, this.line, this.order === 'given' ? this.used : 0);
      if (found) {
        this.used = found.end;
        this.pending.splice(index, 1);
        this.events.onMatch?.({ pattern, ...(this.uptime !== undefined && { uptime: this.uptime }) });
      } else if (this.order === 'given') return;
      else index++;
    }
  }
}

function find(pattern: ConsolePattern, text: string, from: number): { end: number } | undefined {
  if (typeof pattern === 'string') {
    const at = text.indexOf(pattern, from);
    return at === -1 ? undefined : { end: at + pattern.length };
  }
  const { source, flags } = regexOf(pattern);
  const regex = new RegExp(source, flags.includes('g') ? flags : `${flags}g`);
  regex.lastIndex = from;
  return regex.test(text) ? { end: regex.lastIndex } : undefined;
}

export function matches(pattern: ConsolePattern, text: string): boolean {
  return find(pattern, text, 0) !== undefined;
}

/** Compiles what options give, so that a bad expression fails before anything is started. */
export function regexOf(pattern: Exclude<ConsolePattern, string>): RegExp {
  return pattern instanceof RegExp ? pattern : new RegExp(pattern.regex, pattern.flags);
}

/** As a person would name it. */
export function nameOf(pattern: ConsolePattern): string {
  return typeof pattern === 'string' ? JSON.stringify(pattern) : String(regexOf(pattern));
}
