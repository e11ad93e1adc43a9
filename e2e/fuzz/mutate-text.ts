import { mutateBytes } from './mutate-bytes.js';
import { pick, type Random } from './random.js';

/** A word, a number, a run of spaces, a sign, a line break. */
const TOKENS = /[\p{L}\p{N}_]+|[ \t]+|\r?\n|./gsu;
/** Words that parsers of YAML, JSON and deb822 give a meaning to, and values at the edges of types. */
const HOSTILE = [
  ...['null', '~', '{}', '[]', '""', "''", 'true', 'yes', '.nan', '.inf', '-1', '1e309', '9007199254740993'],
  ...['0x7fffffffffffffff', '__proto__', 'constructor', 'toString', '../../x', '/', '..', '\0', '\ud800'],
  ...[
    '&a',
    '*a',
    '<<: *a',
    '!!binary ""',
    '!!python/object:x',
    '? ',
    '- ',
    ': ',
    '%YAML 9',
    '---',
    '...',
    '|',
    '>',
  ],
  ...['${arch}', '\u2028', '\ufeff', '\t', '#', '@', '`', '{{{{', '[[[[', '}', ']', '999999999999999999999'],
];

/** Replaces, removes, doubles or swaps tokens; every fourth input gets damaged bytes as well. */
export function mutateText(next: Random, input: Buffer, other: Buffer): Buffer {
  const tokens: string[] = input.toString('utf8').match(TOKENS) ?? [''];
  const others: string[] = other.toString('utf8').match(TOKENS) ?? [''];
  for (let edits = 1 + next(4); edits > 0; edits--) {
    const at = next(tokens.length + 1);
    const length = next(4) === 0 ? next(30) : 1;
    const from = next(others.length);
    const inserted = [
      [pick(next, HOSTILE)],
      others.slice(from, from + length),
      tokens.slice(at, at + length),
      [],
    ];
    tokens.splice(at, next(2) * length, ...pick(next, inserted));
  }
  const text = Buffer.from(tokens.join(''));
  return next(4) === 0 ? mutateBytes(next, text, other) : text;
}
