import { YAMLException, parseEvents, type Event } from 'js-yaml';

/** A text as it was parsed: `relaxed` has the lines of the original, some of them indented further. */
export interface ParsedText {
  readonly events: readonly Event[];
  readonly relaxed: string;
  /** Spaces that were put in front of a line, by its number from 0. */
  readonly indented: ReadonlyMap<number, number>;
}

/**
 * How many characters may be parsed again and again: enough for hundreds of such lines in a document of usual
 * size, and no more than about a second for the label of a hostile image.
 */
const BUDGET = 2 ** 23;

/**
 * Parses as Go's yaml.v3 does, which does not look at the indentation inside of brackets and quotes, nor for
 * a space in front of a comment. YAML 1.2, and so js-yaml, wants the space, and the indentation deeper than
 * that of the key, which many documents ignore:
 *
 *     command: [
 *       a
 *     ]
 *
 * A line to which js-yaml objects is indented and the text parsed again. White space has no meaning there.
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

/** A text that is no YAML, with the place from 1 where that shows. */
export class NotYamlError extends Error {
  constructor(
    reason: string,
    readonly line: number,
    readonly column: number,
  ) {
    super(`not YAML: ${reason}`);
  }
}

function notYaml({ reason, mark }: YAMLException, indented: ReadonlyMap<number, number>): NotYamlError {
  const { line = 0, column = 0 } = mark ?? {};
  return new NotYamlError(reason, line + 1, column + 1 - (indented.get(line) ?? 0));
}

/** The text without what js-yaml objects to; undefined if white space is not to blame. */
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

/** A comment that touches a quote, a bracket or a comma: what stands behind it has no place that is told. */
function insertSpace(text: string, position: number): string {
  return `${text.slice(0, position)} ${text.slice(position)}`;
}

/** The other objection: a tab between two elements on a line, or in front of the bracket that opens one. */
function separateBySpaces(text: string, before: string, position: number): string | undefined {
  const gap = /[ \t[{]*$/.exec(before)?.[0] ?? '';
  if (!gap.includes('\t')) return undefined;
  return text.slice(0, position - gap.length) + gap.replaceAll('\t', ' ') + text.slice(position);
}

function deeperThanAll(text: string): number {
  const lines = text.split(/[\r\n]+/);
  return 1 + lines.reduce((deepest, line) => Math.max(deepest, line.length - line.trimStart().length), 0);
}
