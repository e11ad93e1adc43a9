import { resolvePlain } from './scalar.js';

/** Where a scalar of several lines stands: its own column, and that of what it belongs to. */
interface Block {
  readonly column: number;
  readonly above: number;
}

/**
 * A scalar in the style in which Go's yaml.v3 writes it: plain where that says the same, several lines as a
 * literal block, in single quotes what has meaning in YAML's syntax, in double quotes what would be
 * read as something else than a string. Without a block it is a key. A value ends its line.
 */
export function formatScalar(value: unknown, block?: Block): string {
  const end = block ? '\n' : '';
  if (typeof value !== 'string') return String(value) + end;
  const text = value.replace(/\p{Surrogate}/gu, '\ufffd');
  if (text.includes('\n')) {
    return block && isBlock(text) ? literal(text, block) : doubleQuoted(text) + end;
  }
  if (isOther(text) || (text === '<<' && !block) || SPECIAL.test(text) || text.includes('\t'))
    return doubleQuoted(text) + end;
  return (hasMeaning(text) ? `'${text.replaceAll("'", "''")}'` : text) + end;
}

/** YAML 1.1's numbers to the base of 60 and its booleans, which older readers know. */
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

/** What yaml.v3 takes for not printable, characters beyond 16 bits among them, and other ends of lines. */
const SPECIAL = /[^\n\t\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const SYNTAX = /^[#,[\]{}&*!|>'"%@`]|^[?:-](?:[ \t]|$)|:(?:[ \t]|$)|[ \t]#|^ | $|^(?:---|\.\.\.)/;

function hasMeaning(text: string): boolean {
  return SYNTAX.test(text);
}

/** Whether a literal block holds the text: a space in front of the end of a line would be lost to the eye. */
function isBlock(text: string): boolean {
  return !SPECIAL.test(text) && !/ \n| $/.test(text);
}

function literal(text: string, { column, above }: Block): string {
  // A reader takes the first line's indentation for that of the block, unless it is told.
  const hint = /^[ \n]/.test(text) ? String(column - above) : '';
  const chomp = !text.endsWith('\n') ? '-' : /^\n$|\n\n$/.test(text) ? '+' : '';
  const lines = (chomp === '-' ? text : text.slice(0, -1)).split('\n');
  const indented = lines.map((line) => (line === '' ? '' : ' '.repeat(column) + line));
  return `|${hint}${chomp}\n${indented.join('\n')}\n`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ '\0': '0', '\x07': 'a', '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r' },
  ...{ '\x1b': 'e', '"': '"', '\\': '\\', '\x85': 'N', '\u2028': 'L', '\u2029': 'P' },
};

function doubleQuoted(text: string): string {
  const escaped = text.replace(/[^]/gu, (char) => {
    if (char !== '\n' && char !== '\t' && char !== '"' && char !== '\\' && !SPECIAL.test(char)) return char;
    return `\\${ESCAPES[char] ?? hex(char.codePointAt(0) as number)}`;
  });
  return `"${escaped}"`;
}

function hex(code: number): string {
  const [letter, width] = code > 0xffff ? ['U', 8] : code > 0xff ? ['u', 4] : ['x', 2];
  return letter + code.toString(16).toUpperCase().padStart(Number(width), '0');
}
