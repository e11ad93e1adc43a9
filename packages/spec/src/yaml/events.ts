import { YAMLException, parseEvents, type Event } from 'js-yaml';

/**
 * The result of parsing: `relaxed` is the text with white space added, and the offsets of all events refer to it.
 */
export interface ParsedText {
  readonly events: readonly Event[];
  readonly relaxed: string;
  /** Number of spaces added in front of a line, by line number from 0. */
  readonly indented: ReadonlyMap<number, number>;
}

/**
 * Limit of characters parsed in all attempts together. It allows hundreds of lines to be indented in a document of
 * usual size, and bounds the time for the label of a hostile image to about a second.
 */
const BUDGET = 2 ** 23;

/**
 * Parses a text as Go's yaml.v3 does. yaml.v3 ignores the indentation inside brackets and quotes, and needs no space
 * in front of a comment. YAML 1.2, and so js-yaml, requires the space, and an indentation deeper than that of the
 * key, which many documents lack:
 *
 *     command: [
 *       a
 *     ]
 *
 * When js-yaml refuses a line for that reason, the line is indented, and the text parsed again. White space has no
 * meaning at these places, so the value stays the same.
 */
export function parseText(text: string): ParsedText {
  const indented = new Map<number, number>();
  let relaxed = text;
  for (let parsed = text.length; ; parsed += relaxed.length) {
    try {
      return { events: parseEvents(relaxed, {}), relaxed, indented };
    } catch (error) {
      if (!(error instanceof YAMLException) || !error.mark) throw error;
      const better = parsed > BUDGET ? undefined : relax(text, relaxed, error, indented);
      if (better === undefined) throw notYaml(error, indented);
      relaxed = better;
    }
  }
}

/** The text is not YAML. `line` and `column` count from 1. */
export class NotYamlError extends Error {
  constructor(
    reason: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(`not YAML: ${reason}`);
  }

  /** What to do, for the mistakes that are made most often. */
  get hint(): string | undefined {
    return HINTS.find(([reason]) => reason.test(this.message))?.[1];
  }
}

const HINTS: readonly (readonly [reason: RegExp, hint: string])[] = [
  [/tab characters/, 'Indent with spaces.'],
  [/end of the stream within a (single|double) quoted/, 'Close the quote that is still open here.'],
];

function notYaml({ reason, mark }: YAMLException, indented: ReadonlyMap<number, number>): NotYamlError {
  const { line = 0, column = 0 } = mark ?? {};
  return new NotYamlError(reason, line + 1, column + 1 - (indented.get(line) ?? 0));
}

/** Adds the white space that js-yaml misses; undefined if its error has another cause. */
function relax(
  original: string,
  text: string,
  { reason, mark }: YAMLException,
  indented: Map<number, number>,
): string | undefined {
  if (!mark) return undefined;
  const { position, line } = mark;
  if (text[position] === '#' && /\S/.test(text[position - 1] ?? ' ')) return insertSpace(text, position);
  if (reason !== 'deficient indentation') return undefined;
  const start = Math.max(text.lastIndexOf('\n', position - 1), text.lastIndexOf('\r', position - 1)) + 1;
  const before = text.slice(start, position);
  if (before.trim() !== '') return separateBySpaces(text, before, position);
  if (indented.has(line)) return undefined;
  const depth = deeperThanAll(original);
  indented.set(line, depth);
  return text.slice(0, start) + ' '.repeat(depth) + text.slice(start);
}

/**
 * Separates a comment from a quote, bracket or comma in front of it. Errors never point into the rest of that line.
 */
function insertSpace(text: string, position: number): string {
  return `${text.slice(0, position)} ${text.slice(position)}`;
}

/** Replaces a tab between two elements of a line, or in front of an opening bracket, which js-yaml refuses too. */
function separateBySpaces(text: string, before: string, position: number): string | undefined {
  const gap = /[ \t[{]*$/.exec(before)?.[0] ?? '';
  if (!gap.includes('\t')) return undefined;
  return text.slice(0, position - gap.length) + gap.replaceAll('\t', ' ') + text.slice(position);
}

function deeperThanAll(text: string): number {
  const lines = text.split(/[\r\n]+/);
  return 1 + lines.reduce((deepest, line) => Math.max(deepest, line.length - line.trimStart().length), 0);
}
