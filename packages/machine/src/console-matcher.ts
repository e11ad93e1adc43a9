import type { ConsolePattern } from './options.js';

/** A kernel time stamp, `[    3.214159]`. The kernel prints them if `printk.time` is on, as distributions set it. */
const STAMP = /^\[ *(\d+\.\d+)\]/;

interface ConsoleEvents {
  /** `uptime` is the latest kernel time stamp in seconds, if there was one. */
  readonly onMatch?: (match: { readonly pattern: ConsolePattern; readonly uptime?: number }) => void;
  readonly onForbidden?: (line: string) => void;
  readonly onLine?: (line: string) => void;
}

/**
 * Looks for patterns in console text as it arrives. A pattern is tried on one line at a time, the incomplete last
 * line included, because a prompt has no newline. In order `given`, a pattern is looked for behind the match of the
 * pattern before it, on the same line or later. Forbidden patterns are tried on complete lines.
 */
export class ConsoleMatcher {
  private readonly pending: ConsolePattern[];
  private line = '';
  /** End of the last match in the incomplete line, behind which the next pattern in order is looked for. */
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
    if (this.forbidden.some((pattern) => matches(pattern, this.line))) this.events.onForbidden?.(this.line);
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

/** Compiles a regular expression that options give. Throws SyntaxError if it is not valid. */
export function regexOf(pattern: Exclude<ConsolePattern, string>): RegExp {
  return pattern instanceof RegExp ? pattern : new RegExp(pattern.regex, pattern.flags);
}

/** Formats a pattern for messages: a text in quotes, a regular expression in slashes. */
export function nameOf(pattern: ConsolePattern): string {
  return typeof pattern === 'string' ? JSON.stringify(pattern) : String(regexOf(pattern));
}
