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

  it('is indented, with empty lists and maps on a single line', () => {
    expect(formatJson({ a: [1, { b: 'c' }], d: {}, e: [] }, '    ')).toBe(
      '{\n    "a": [\n        1,\n        {\n            "b": "c"\n        }\n    ],\n    "d": {},\n    "e": []\n}',
    );
  });

  it('is sorted by UTF-8 bytes, not by UTF-16 units', () => {
    expect(['\u{1f600}', '\uff01'].sort(compareBytes)).toEqual(['\uff01', '\u{1f600}']);
  });

  it.each(['', false, null, undefined, [], {}])('counts %j as empty', (value) => {
    expect(omitEmpty(value)).toBeUndefined();
  });
});
