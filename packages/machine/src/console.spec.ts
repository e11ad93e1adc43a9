import { ConsoleMatcher } from './console-matcher.js';
import { ConsoleText } from './console-text.js';
import type { ConsolePattern } from './options.js';

describe('console text', () => {
  const CASES: [name: string, raw: string, clean: string][] = [
    ['CR LF', 'one\r\ntwo\r\n', 'one\ntwo\n'],
    ['colours', '\x1b[0;32mok\x1b[m', 'ok'],
    ['cursor and screen of a BIOS', '\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS', 'SeaBIOS'],
    ['cursor positions of UEFI', '\x1b[01;01HBoot\x1b[=3hx', 'Bootx'],
    ['a window title', '\x1b]0;title\x07text\x1b]2;t\x1b\\!', 'text!'],
    ['a character set', '\x1b(Bplain', 'plain'],
    ['control characters', 'a\x00b\x08\tc\x7f', 'ab\tc'],
    ['UTF-8', 'grün ✓', 'grün ✓'],
  ];

  test.each(CASES)('%s, whole', (_name, raw, clean) => {
    const text = new ConsoleText();
    expect(text.write(Buffer.from(raw)) + text.end()).toBe(clean);
  });

  test.each(CASES)('%s, byte by byte', (_name, raw, clean) => {
    const text = new ConsoleText();
    const parts = [...Buffer.from(raw)].map((byte) => text.write(Uint8Array.of(byte)));
    expect(parts.join('') + text.end()).toBe(clean);
  });

  test('an ESC that does not begin a sequence does not hold back the rest', () => {
    const text = new ConsoleText();
    text.write(Buffer.from('\x1b['));
    expect(text.write(Buffer.from(`${'0;'.repeat(200)}`)).length).toBeGreaterThan(0);
  });
});

interface Case {
  readonly name: string;
  readonly chunks: readonly string[];
  readonly expect: readonly ConsolePattern[];
  readonly order?: 'given' | 'any';
  readonly missing: number;
}

describe('console matcher', () => {
  const CASES: Case[] = [
    { name: 'text', chunks: ['boot ok\n'], expect: ['ok'], missing: 0 },
    { name: 'text over two chunks', chunks: ['boot o', 'k\n'], expect: ['ok'], missing: 0 },
    { name: 'a prompt without a newline', chunks: ['login: '], expect: ['login:'], missing: 0 },
    { name: 'a regular expression', chunks: ['a\nup 3 s\n'], expect: [/^up \d+ s$/], missing: 0 },
    {
      name: 'a regular expression as JSON',
      chunks: ['UP\n'],
      expect: [{ regex: '^up', flags: 'i' }],
      missing: 0,
    },
    { name: 'no pattern spans lines', chunks: ['one\ntwo\n'], expect: [/one.*two/s], missing: 1 },
    { name: 'two on one line in order', chunks: ['one two\n'], expect: ['one', 'two'], missing: 0 },
    { name: 'two on one line out of order', chunks: ['two one\n'], expect: ['one', 'two'], missing: 1 },
    { name: 'given order, wrong', chunks: ['two\none\n'], expect: ['one', 'two'], missing: 1 },
    { name: 'any order', chunks: ['two\none\n'], expect: ['one', 'two'], order: 'any', missing: 0 },
    { name: 'the same text twice needs two matches', chunks: ['one\n'], expect: ['one', 'one'], missing: 1 },
    { name: 'the same text twice', chunks: ['one\none\n'], expect: ['one', 'one'], missing: 0 },
    { name: 'an empty console', chunks: [], expect: ['one'], missing: 1 },
  ];

  test.each(CASES)('$name', ({ chunks, expect: patterns, order = 'given', missing }) => {
    const matcher = new ConsoleMatcher(patterns, order, [], {});
    chunks.forEach((chunk) => matcher.write(chunk));
    expect(matcher.missing).toHaveLength(missing);
  });

  test("matches carry the guest's latest time stamp", () => {
    const seen: (number | undefined)[] = [];
    const events = { onMatch: ({ uptime }: { uptime?: number }) => seen.push(uptime) };
    const matcher = new ConsoleMatcher(['first', 'second', 'third'], 'given', [], events);
    matcher.write('first\n[    1.500000] second\nthird\n');
    expect(seen).toEqual([undefined, 1.5, 1.5]);
  });

  test('a forbidden line is reported as a whole, once', () => {
    const seen: string[] = [];
    const events = { onForbidden: (line: string) => seen.push(line) };
    const matcher = new ConsoleMatcher([], 'given', ['Initramfs unpacking failed'], events);
    matcher.write('[ 0.1] Initramfs unpacking fai');
    matcher.write('led: write error\nnext\n');
    expect(seen).toEqual(['[ 0.1] Initramfs unpacking failed: write error']);
  });
});
