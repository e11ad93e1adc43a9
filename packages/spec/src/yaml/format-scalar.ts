import { resolvePlain } from './scalar.js';

/** The columns of a scalar that may have several lines: a value, or a key with a question mark. */
interface Place {
  /** Column of the first character. */
  readonly at: number;
  /** Column of all further lines. */
  readonly indent: number;
}

/** A line longer than this is folded at the next single space. */
const WIDTH = 80;
/** Longest key, in bytes, in front of a colon. A longer key, or one with several lines, needs a question mark. */
const LONGEST_SIMPLE_KEY = 128;

export function isSimpleKey(key: string): boolean {
  return !/[\n\r\u0085]/.test(key) && Buffer.byteLength(key) <= LONGEST_SIMPLE_KEY;
}

/**
 * Writes a scalar in the style of Go's yaml.v2: plain if that has the same meaning, several lines as a literal
 * block, in single quotes if the text has YAML syntax, in double quotes if it would be read as something other than
 * a string. Without a place the scalar is a simple key; with one it is a value, and ends its line.
 *
 * In two cases yaml.v2 writes what it cannot read again, and this code uses double quotes instead: `<<` as a key,
 * and U+2028 and U+2029, which yaml.v2 takes for line breaks.
 */
export function formatScalar(value: unknown, place?: Place): string {
  const end = place ? '\n' : '';
  if (typeof value !== 'string') return String(value) + end;
  const text = value.replace(/\p{Surrogate}/gu, '\ufffd');
  if (text.includes('\n') && place && isBlock(text)) return literal(text, place.indent);
  return quoted(text, place) + end;
}

function quoted(text: string, place: Place | undefined): string {
  if (text.includes('\n') || isOther(text) || SPECIAL.test(text) || (text === '<<' && !place)) {
    // yaml.v2 escapes all characters of a text that begins with a byte order mark.
    const write = text.startsWith('\ufeff') ? escape : escapeSpecial;
    return `"${fold(text, place, '"', write)}"`;
  }
  if (hasMeaning(text)) return `'${fold(text, place, "'", (char) => (char === "'" ? "''" : char))}'`;
  return fold(text, place, '', (char) => char);
}

/** Folds a long text at single spaces. In double quotes it may fold at the first of several spaces too. */
function fold(
  text: string,
  place: Place | undefined,
  quote: string,
  write: (char: string) => string,
): string {
  const chars = [...text];
  if (!place) return chars.map(write).join('');
  let [out, column] = ['', place.at + quote.length];
  for (const [i, char] of chars.entries()) {
    const [before, after] = [chars[i - 1], chars[i + 1]];
    const written = write(char);
    const single = before !== ' ' && (after !== ' ' || quote === '"');
    if (written === ' ' && before && after && single && column > WIDTH) {
      const hidden = after === ' ' ? '\\' : '';
      out += `\n${' '.repeat(place.indent)}${hidden}`;
      column = place.indent + hidden.length;
    } else {
      out += written;
      column += written.length;
    }
  }
  return out;
}

/** YAML 1.1's sexagesimal numbers and booleans. */
const OLD =
  /^([-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;
const TIME =
  /^\d{4}-(\d{1,2})-(\d{1,2})(?:(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))|(?: \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?))?$/;

/** Whether the text, as a plain scalar, would be read as something other than a string. */
function isOther(text: string): boolean {
  if (resolvePlain(text) !== text || OLD.test(text)) return true;
  const [, month, day] = TIME.exec(text) ?? [];
  return month !== undefined && inRange(month, 12) && inRange(day, 31);
}

function inRange(digits: string, most: number): boolean {
  return Number(digits) >= 1 && Number(digits) <= most;
}

/**
 * Characters that yaml.v2 escapes: all that it counts as not printable, with tabs, astral characters, line breaks.
 */
const SPECIAL = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const SYNTAX = /^[#,[\]{}&*!|>'"%@`]|^[?:-](?:[ \t]|$)|:(?:[ \t]|$)|[ \t]#|^ | $|^(?:---|\.\.\.)/;

function hasMeaning(text: string): boolean {
  return SYNTAX.test(text);
}

/** Whether the text can be a literal block. A space at the end of a line would be invisible there. */
function isBlock(text: string): boolean {
  return !SPECIAL.test(text) && !/ \n| $/.test(text);
}

function literal(text: string, column: number): string {
  // A first line that begins with a space needs an indicator, because a reader infers the indentation from it.
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : /^\n$|\n\n$/.test(text) ? '+' : '';
  const lines = (chomp === '-' ? text : text.slice(0, -1)).split('\n');
  const indented = lines.map((line) => (line === '' ? '' : ' '.repeat(column) + line));
  return `|${hint}${chomp}\n${indented.join('\n')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '\0': '0', '\x07': 'a', '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r' },
  ...{ '\x1b': 'e', '"': '"', '\\': '\\', '\x85': 'N', '\u2028': 'L', '\u2029': 'P' },
};

function escapeSpecial(char: string): string {
  return char === '\n' || char === '"' || char === '\\' || SPECIAL.test(char) ? escape(char) : char;
}

function escape(char: string): string {
  return `\\${ESCAPES[char] ?? hex(char.codePointAt(0) as number)}`;
}

function hex(code: number): string {
  const [letter, width] = code > 0xffff ? ['U', 8] : code > 0xff ? ['u', 4] : ['x', 2];
  return letter + code.toString(16).toUpperCase().padStart(Number(width), '0');
}
