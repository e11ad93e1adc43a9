import { YAMLException, parseEvents, type Event } from 'js-yaml';

/** A text as it was parsed: `relaxed` has the lines of the original, some of them indented further. */
export interface ParsedText {
  readonly events: readonly Event[];
  readonly relaxed: string;
  /** Spaces that were put in front of a line, by its number from 0. */
  readonly indented: ReadonlyMap<number, number>;
}

/**
 * How many characters may be parsed again and again: enough for thousands of lines in a document of usual
 * size, and no more than about a second for the label of a hostile image.
 */
const BUDGET = 2 ** 25;

/**
 * Parses as Go's yaml.v3 does, which does not look at the indentation inside of brackets and quotes. YAML
 * 1.2, and so js-yaml, wants it deeper than that of the key, which many documents ignore:
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
  let parsed = 0;
  for (;;) {
    parsed += relaxed.length;
    try {
      return { events: parseEvents(relaxed, {}), relaxed, indented };
    } catch (error) {
      const objection = deficientIndentation(error);
      relaxed = objection.before.trim() === '' ? indent(objection) : separateBySpaces(objection);
    }
  }

  function deficientIndentation(error: unknown): Objection {
    if (!(error instanceof YAMLException) || error.reason !== 'deficient indentation') throw error;
    if (!error.mark || parsed > BUDGET) throw error;
    const { position, line } = error.mark;
    const start =
      Math.max(relaxed.lastIndexOf('\n', position - 1), relaxed.lastIndexOf('\r', position - 1)) + 1;
    return { error, position, line, start, before: relaxed.slice(start, position) };
  }

  function indent({ error, line, start }: Objection): string {
    if (indented.has(line)) throw error;
    const depth = deeperThanAll(text);
    indented.set(line, depth);
    return relaxed.slice(0, start) + ' '.repeat(depth) + relaxed.slice(start);
  }

  /** The other objection: a tab between two elements on a line. */
  function separateBySpaces({ error, position, before }: Objection): string {
    const gap = /[ \t]*$/.exec(before)?.[0] ?? '';
    if (!gap.includes('\t')) throw error;
    return relaxed.slice(0, position - gap.length) + ' '.repeat(gap.length) + relaxed.slice(position);
  }
}

interface Objection {
  readonly error: YAMLException;
  readonly position: number;
  readonly line: number;
  /** Start of the line. */
  readonly start: number;
  /** The line up to the position. */
  readonly before: string;
}

function deeperThanAll(text: string): number {
  return Math.max(...text.split(/[\r\n]+/).map((line) => line.length - line.trimStart().length)) + 1;
}
