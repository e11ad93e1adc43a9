import { compareBytes, formatJson, omitEmpty, sortedMap } from './go-json.js';

describe('JSON as Go writes it', () => {
  it.each([
    ['<b>&', '"\\u003cb\\u003e\\u0026"'],
    ['\u2028\u2029', '"\\u2028\\u2029"'],
    ['\ud800', '"\ufffd"'],
    ['\u{1f600}', '"\u{1f600}"'],
    ['"\\\n\t\b\f\u0001\u007f', '"\\"\\\\\\n\\t\\b\\f\\u0001\u007f"'],
    [18446744073709551615n, '18446744073709551615'],
    [{ a: undefined, b: [] }, '{"b":[]}'],
    [sortedMap({ b: '1', '9': '2', '10': '3' }), '{"10":"3","9":"2","b":"1"}'],
  ])('%j', (value, text) => expect(formatJson(value)).toBe(text));

  it('indents, and leaves empty lists and maps on their line', () => {
    expect(formatJson({ a: [1, { b: 'c' }], d: {}, e: [] }, '    ')).toBe(
      '{\n    "a": [\n        1,\n        {\n            "b": "c"\n        }\n    ],\n    "d": {},\n    "e": []\n}',
    );
  });

  it('sorts by bytes, not by UTF-16', () => {
    expect(['\u{1f600}', '\uff01'].sort(compareBytes)).toEqual(['\uff01', '\u{1f600}']);
  });

  it.each(['', false, null, undefined, [], {}])('takes %j for empty', (value) => {
    expect(omitEmpty(value)).toBeUndefined();
  });
});
