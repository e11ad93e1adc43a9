import { formatScalar } from './format-scalar.js';
import { formatYaml } from './format.js';
import { compareNatural } from './natural-order.js';
import { parseYaml } from './document.js';

it('indents as Go’s yaml.v2 does: two columns, but a sequence in a mapping by none', () => {
  const document = {
    init: ['a', 'b'],
    services: [{ name: 'x', runtime: { mkdir: ['/a'], bindNS: { net: '/n' } }, binds: [] }, {}],
    kernel: {},
    size: 18446744073709551615n,
    sysctl: new Map([
      ['b', '1'],
      ['10', 'x'],
    ]),
  };
  expect(formatYaml(document)).toBe(`init:
- a
- b
services:
- name: x
  runtime:
    mkdir:
    - /a
    bindNS:
      net: /n
  binds: []
- {}
kernel: {}
size: 18446744073709551615
sysctl:
  b: "1"
  "10": x
`);
});

/** Values, and how yaml.v2 wrote them. */
const STYLES: readonly [style: string, values: Readonly<Record<string, string>>][] = [
  [
    'plain',
    { a: 'a', 'a#b': 'a#b', '-a': '-a', '?a': '?a', 'a:b': 'a:b', "it's": "it's", 'é\u00a0': 'é\u00a0' },
  ],
  ['plain, because it is not a date', { '2001-13-45': '2001-13-45', '=': '=', tRUE: 'tRUE', '<<': '<<' }],
  [
    'in single quotes',
    {
      ' a': "' a'",
      'a ': "'a '",
      'a: b': "'a: b'",
      'a #b': "'a #b'",
      '- a': "'- a'",
      '-': "'-'",
      '---': "'---'",
      '@x': "'@x'",
      "'": "''''",
      ',a': "',a'",
      '::': "'::'",
    },
  ],
  [
    'in double quotes, because it would not be a string',
    {
      '': '""',
      '0644': '"0644"',
      '1_000': '"1_000"',
      yes: '"yes"',
      N: '"N"',
      '~': '"~"',
      '12:30:45': '"12:30:45"',
      '2001-01-01': '"2001-01-01"',
      '2001-01-01 10:00:00': '"2001-01-01 10:00:00"',
    },
  ],
  [
    'in double quotes, with escapes',
    {
      'a\tb': String.raw`"a\tb"`,
      '\r': String.raw`"\r"`,
      '\u0001\u007f': String.raw`"\x01\x7F"`,
      '\u0085': String.raw`"\N"`,
      '\ufeff': String.raw`"\uFEFF"`,
      '😀': String.raw`"\U0001F600"`,
      'a \nb': String.raw`"a \nb"`,
      'a\n ': String.raw`"a\n "`,
      'a\n\nb\tc\n': String.raw`"a\n\nb\tc\n"`,
      '\ufeffa.': String.raw`"\uFEFF\x61\x2E"`,
    },
  ],
  [
    'as a block',
    {
      'a\nb': '|-\n  a\n  b',
      'a\n': '|\n  a',
      'a\n\n': '|+\n  a\n',
      '\na': '|2-\n\n  a',
    },
  ],
];

describe.each(STYLES)('%s', (_, values) => {
  it.each(Object.entries(values))('%j', (text, written) => {
    expect(formatScalar(text, { at: 3, indent: 2 })).toBe(`${written}\n`);
    expect(parseYaml(`a: ${written}\n`, 'x.yml').value).toEqual({ a: text });
  });
});

it.each(['\na', '\n', ' a\nb', '\n\n  a\n'])(
  '%j gets an indentation indicator, so that it can be read again',
  (text) => {
    const document = { list: [{ a: text, b: text }] };
    expect(parseYaml(formatYaml(document), 'x.yml').value).toEqual(document);
  },
);

const WORDS = 'word '.repeat(16);

it.each([
  ['plain', `${WORDS}two`, `${WORDS.trim()}\n  two`],
  ['in single quotes', `a: ${WORDS}two`, `'a: ${'word '.repeat(14)}word\n  word two'`],
  [
    'in single quotes, not between two spaces',
    `a: ${'word '.repeat(15)}  two x`,
    `'a: ${'word '.repeat(15)}  two\n  x'`,
  ],
  [
    'in double quotes, with an escape for a space that would be lost',
    `\t${WORDS} two`,
    `"\\t${WORDS.trim()}\n  \\ two"`,
  ],
])('a long line is folded at a space, %s', (_, text, written) => {
  expect(formatYaml({ k: text })).toBe(`k: ${written}\n`);
  expect(parseYaml(formatYaml({ k: text }), 'x.yml').value).toEqual({ k: text });
});

it('a key of several lines, or of more than 128 bytes, has a question mark', () => {
  const long = 'x'.repeat(129);
  const document = {
    [long]: 'v',
    'a\nb': ['w', 'x'],
    c: { [long]: { d: 'e', f: [] } },
    [long.slice(1)]: 'z',
  };
  expect(formatYaml(document)).toBe(`? ${long}
: v
? |-
  a
  b
: - w
  - x
c:
  ? ${long}
  : d: e
    f: []
${long.slice(1)}: z
`);
  expect(parseYaml('? a\n: v\n', 'x.yml').value).toEqual({ a: 'v' });
});

it('quotes a key <<, which would merge, and the line breaks that only yaml.v2 knows', () => {
  expect(formatYaml({ '<<': '<<', a: 'b\u2028c' })).toBe('"<<": <<\na: "b\\Lc"\n');
});

it('orders keys as yaml.v2 does: numbers by value, letters last', () => {
  const sorted = [
    '',
    '00',
    '9',
    '10',
    'A',
    'a',
    'a-1',
    'a1',
    'a01',
    'a2',
    'a10',
    'b',
    'x.9.y',
    'x.10.y',
    'é',
  ];
  expect([...sorted].reverse().sort(compareNatural)).toEqual(sorted);
});
