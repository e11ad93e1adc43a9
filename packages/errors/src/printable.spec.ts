import { describe as describeError, Fault, printable } from './index.js';

it.each([
  ['plain é 日 😀\ttext', 'plain é 日 😀\ttext'],
  ['\x1b[2J\x1b]0;title\x07', '\\x1b[2J\\x1b]0;title\\x07'],
  ['one\nall is well\r', 'one\\x0aall is well\\x0d'],
  ['\x9b1A\x7f\0', '\\x9b1A\\x7f\\x00'],
  ['a\u202eb\u2066c\u2028', 'a\\u202eb\\u2066c\\u2028'],
])('%j becomes %j', (text, shown) => expect(printable(text)).toBe(shown));

it('a message of a fault keeps its lines, and cannot move the cursor', () => {
  const error = new Fault('x', 'first\nsecond \x1b[1A', {
    cause: new Error('third\r'),
    where: { file: 'a\x1b' },
  });
  expect(describeError(error)).toBe('a\\x1b: first\nsecond \\x1b[1A\n  because: third\\x0d');
});
