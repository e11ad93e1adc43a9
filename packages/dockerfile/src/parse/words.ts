import {
  replaceMatches,
  trimEnd,
  trimLongEnd,
  trimLongStart,
  trimStart,
  type Change,
} from './shell-pattern.js';

/** The value of a variable; undefined for one that is not set. */
export type Lookup = (name: string) => string | undefined;

/** Text that is read from the left. */
interface Cursor {
  readonly text: string;
  readonly escape: string;
  readonly lookup: Lookup;
  at: number;
}

/** A variable that cannot be replaced; the message says why. */
export class ExpansionError extends Error {}

/**
 * Splits arguments at white space, outside of quotes. The words keep their quotes and escapes, which `expand` removes.
 */
export function splitWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (quote === '' && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word = (word ?? '') + char;
    if (char === escape && quote !== "'" && i + 1 < text.length) {
      i += 1;
      word += text[i];
    } else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
  }
  if (word !== undefined) words.push(word);
  return words;
}

/**
 * Replaces the variables of a word, and removes its quotes and escapes, as docker does: `$x`, `${x}`, `${x:-word}`,
 * `${x:+word}`, `${x:?message}`, these three without the colon, and `${x#pattern}`, `${x%pattern}`, `${x/pattern/word}`, each
 * also with its sign twice. Throws ExpansionError.
 * https://docs.docker.com/reference/dockerfile/#environment-replacement
 */
export function expand(text: string, escape: string, lookup: Lookup): string {
  return readUntil({ text, escape, lookup, at: 0 }, undefined);
}

/** Replaces the variables of a heredoc, in which quotes have no meaning. */
export function expandText(text: string, escape: string, lookup: Lookup): string {
  const cursor: Cursor = { text, escape, lookup, at: 0 };
  let out = '';
  while (cursor.at < text.length) out += readInQuotes(cursor);
  return out;
}

function readUntil(cursor: Cursor, end: string | undefined, keepsEscapes = false): string {
  const { text, escape } = cursor;
  let out = '';
  while (cursor.at < text.length && text[cursor.at] !== end) {
    const char = text[cursor.at];
    if (char === "'") out += readSingleQuoted(cursor);
    else if (char === '"') out += readDoubleQuoted(cursor);
    else if (char === '$') out += readVariable(cursor);
    else if (char === escape) {
      out += (keepsEscapes ? escape : '') + (text[cursor.at + 1] ?? '');
      cursor.at += 2;
    } else {
      out += char;
      cursor.at += 1;
    }
  }
  return out;
}

function readSingleQuoted(cursor: Cursor): string {
  const end = cursor.text.indexOf("'", cursor.at + 1);
  if (end === -1) throw new ExpansionError(`expected another ' in ${JSON.stringify(cursor.text)}`);
  const inner = cursor.text.slice(cursor.at + 1, end);
  cursor.at = end + 1;
  return inner;
}

function readDoubleQuoted(cursor: Cursor): string {
  let out = '';
  cursor.at += 1;
  while (cursor.text[cursor.at] !== '"') {
    if (cursor.at >= cursor.text.length) {
      throw new ExpansionError(`expected another " in ${JSON.stringify(cursor.text)}`);
    }
    out += readInQuotes(cursor);
  }
  cursor.at += 1;
  return out;
}

/** Reads one character, one escape or one variable where quotes have no meaning. */
function readInQuotes(cursor: Cursor): string {
  const { text, escape } = cursor;
  const [char, next] = [text[cursor.at], text[cursor.at + 1]];
  if (char === '$') return readVariable(cursor);
  if (char === escape && next !== undefined && ['"', '$', escape].includes(next)) {
    cursor.at += 2;
    return next;
  }
  cursor.at += 1;
  return char;
}

function readVariable(cursor: Cursor): string {
  const { text, lookup } = cursor;
  cursor.at += 1;
  if (text[cursor.at] === '{') return readBraces(cursor);
  const [name = ''] = /^(?:[a-zA-Z_]\w*|[0-9@*#!?$-])/.exec(text.slice(cursor.at)) ?? [];
  cursor.at += name.length;
  return name === '' ? '$' : (lookup(name) ?? '');
}

function readBraces(cursor: Cursor): string {
  const { text, lookup } = cursor;
  const [head, name, colon, modifier] =
    /^\{([a-zA-Z_]\w*)(?:(:?)([-+?])|(?=\}))/.exec(text.slice(cursor.at)) ?? [];
  if (head === undefined) return readPattern(cursor);
  cursor.at += head.length;
  const word = modifier === undefined ? '' : readUntil(cursor, '}');
  if (text[cursor.at] !== '}') throw unsupported(cursor);
  cursor.at += 1;
  const value = lookup(name);
  const isSet = value !== undefined && (colon === '' || colon === undefined || value !== '');
  switch (modifier) {
    case '-':
      return isSet ? value : word;
    case '+':
      return isSet ? word : '';
    case '?':
      if (!isSet) throw new ExpansionError(`${name}: ${word || 'it is not set'}`);
      return value;
    default:
      return value ?? '';
  }
}

/** What a pattern changes, by the sign in front of it. */
const CHANGES: Readonly<Record<string, Change>> = {
  '#': trimStart,
  '##': trimLongStart,
  '%': trimEnd,
  '%%': trimLongEnd,
};

function readPattern(cursor: Cursor): string {
  const { text, lookup } = cursor;
  const [head, name, sign] = /^\{([a-zA-Z_]\w*)(##?|%%?|\/\/?)/.exec(text.slice(cursor.at)) ?? [];
  if (head === undefined) throw unsupported(cursor);
  cursor.at += head.length;
  const isReplaced = sign.startsWith('/');
  const pattern = readUntil(cursor, isReplaced ? '/' : '}', true);
  if (isReplaced && text[cursor.at] !== '/') throw unsupported(cursor);
  if (isReplaced) cursor.at += 1;
  const by = isReplaced ? readUntil(cursor, '}', true) : '';
  if (text[cursor.at] !== '}') throw unsupported(cursor);
  cursor.at += 1;
  const value = lookup(name) ?? '';
  return isReplaced ? replaceMatches(value, pattern, by, sign === '//') : CHANGES[sign](value, pattern);
}

function unsupported({ text }: Cursor): ExpansionError {
  return new ExpansionError(
    `expected a variable as $name, \${name}, \${name:-word}, \${name#pattern} or \${name/pattern/word} in ${JSON.stringify(text)}`,
  );
}
