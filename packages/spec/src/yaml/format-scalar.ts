import { resolvePlain } from './scalar.js';

/** Where a scalar stands that is no simple key. */
interface Place {
  /** The column of its first character. */
  readonly at: number;
  /** The column of its further lines. */
  readonly indent: number;
}

/** Behind this column a line ends at the next single space. */
const WIDTH = 80;
/** Bytes of a key that may stand in front of a colon; a longer one, or one of several lines, needs a mark. */
const LONGEST_SIMPLE_KEY = 128;

export function isSimpleKey(key: string): boolean {
  return !/[\n\r\u0085]/.test(key) && Buffer.byteLength(key) <= LONGEST_SIMPLE_KEY;
}

/**
 * A scalar in the style in which Go's yaml.v2 writes it: plain where that says the same, several lines as a
 * literal block, in single quotes what has meaning in YAML's syntax, in double quotes what would be
 * read as something else than a string. Without a place it is a simple key. A value ends its line.
 *
 * What yaml.v2 writes so that it cannot be read again is in double quotes here: `<<` as a key, and U+2028 and U+2029,
 * which it takes for ends of lines.
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
    // yaml.v2 takes every character behind a byte order mark for one.
    const write = text.startsWith('\ufeff') ? escape : escapeSpecial;
    return `"${fold(text, place, '"', write)}"`;
  }
  if (hasMeaning(text)) return `'${fold(text, place, "'", (char) => (char === "'" ? "''" : char))}'`;
  return fold(text, place, '', (char) => char);
}

/** The text behind its quote, with its long lines cut at single spaces, in double quotes at the first of several. */
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

/** YAML 1.1's numbers to the base of 60 and its booleans. */
const OLD =
  /^([-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$/;
const TIME =
  /^\d{4}-(\d{1,2})-(\d{1,2})(?:(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))|(?: \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?))?$/;

/** Whether a plain scalar of this text would be no string. */
function isOther(text: string): boolean {
  if (resolvePlain(text) !== text || OLD.test(text)) return true;
  const [, month, day] = TIME.exec(text) ?? [];
  return month !== undefined && inRange(month, 12) && inRange(day, 31);
}

function inRange(digits: string, most: number): boolean {
  return Number(digits) >= 1 && Number(digits) <= most;
}

/** What yaml.v2 takes for not printable, tabs and characters beyond 16 bits among them, and other ends of lines. */
const SPECIAL = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const SYNTAX = /^[#,[\]{}&*!|>'"%@`]|^[?:-](?:[ \t]|$)|:(?:[ \t]|$)|[ \t]#|^ | $|^(?:---|\.\.\.)/;

function hasMeaning(text: string): boolean {
  return SYNTAX.test(text);
}

/** Whether a literal block holds the text: a space in front of the end of a line would be lost to the eye. */
function isBlock(text: string): boolean {
  return !SPECIAL.test(text) && !/ \n| $/.test(text);
}

function literal(text: string, column: number): string {
  // A reader takes the first line's indentation for that of the block, unless it is told how deep that is.
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
