import { formatScalar } from './format-scalar.js';
import { formatYaml } from './format.js';
import { compareNatural } from './natural-order.js';
import { parseYaml } from './document.js';

it('indents as Go’s yaml.v3: four columns, two behind a dash', () => {
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

/** As yaml.v3 wrote them. */
const STYLES: readonly [style: string, values: Readonly<Record<string, string>>][] = [
  [
    'plain',
    { a: 'a', 'a#b': 'a#b', '-a': '-a', '?a': '?a', 'a:b': 'a:b', "it's": "it's", 'é\u00a0': 'é\u00a0' },
  ],
  ['plain, for it is no date', { '2001-13-45': '2001-13-45', '=': '=', tRUE: 'tRUE', '<<': '<<' }],
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
    'in double quotes, for it would be no string',
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
    },
  ],
  [
    'as a block',
    {
      'a\nb': '|-\n    a\n    b',
      'a\n': '|\n    a',
      'a\n\n': '|+\n    a\n',
      'a\n\nb\tc\n': '|\n    a\n\n    b\tc',
    },
  ],
];

describe.each(STYLES)('%s', (_, values) => {
  it.each(Object.entries(values))('%j', (text, written) => {
    expect(formatScalar(text, { column: 4, above: 0 })).toBe(`${written}\n`);
    expect(parseYaml(`a: ${written}\n`, 'x.yml').value).toEqual({ a: text });
  });
});

it.each(['\na', '\n', ' a\nb', '\n\n  a\n'])(
  '%j says how far its block is indented, so that it can be read',
  (text) => {
    const document = { list: [{ a: text, b: text }] };
    expect(parseYaml(formatYaml(document), 'x.yml').value).toEqual(document);
  },
);

it('a key is never a block, and << is quoted, which would merge', () => {
  expect(formatYaml({ 'a\nb': '', '<<': '' })).toBe('"a\\nb": ""\n"<<": ""\n');
});

it('orders keys as yaml.v3: numbers by value, letters last', () => {
  const sorted = [
    '',
    '00',
    '9',
    '10',
    'A',
    'a',
    'a-1',
    'a1',
    'a1b',
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
