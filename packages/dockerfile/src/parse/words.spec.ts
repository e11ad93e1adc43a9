import { expand, expandText, splitWords } from './words.js';

const variables: Readonly<Record<string, string>> = {
  a: '1',
  empty: '',
  path: '/x y',
  file: 'a.b/c.b/d.tar.gz',
  star: 'a*b',
};
const value = (text: string, escape = '\\') => expand(text, escape, (name) => variables[name]);

test.each([
  ['$a', '1'],
  ['${a}b', '1b'],
  ['$a$b.', '1.'],
  ['\\$a', '$a'],
  ["'$a'", '$a'],
  ['"$a"', '1'],
  ['"\\$a\\"\\n"', '$a"\\n'],
  ['a\\ b', 'a b'],
  ['${a:-2}', '1'],
  ['${b:-2}', '2'],
  ['${empty:-2}', '2'],
  ['${empty-2}', ''],
  ['${b:-${a}}', '1'],
  ['${a:+2}', '2'],
  ['${b:+2}', ''],
  ['${empty+2}', '2'],
  ['${a:?no}', '1'],
  ['$', '$'],
  ['a$', 'a$'],
  ['${path}', '/x y'],
  ['${file#*.}', 'b/c.b/d.tar.gz'],
  ['${file##*/}', 'd.tar.gz'],
  ['${file##*.}', 'gz'],
  ['${file%.*}', 'a.b/c.b/d.tar'],
  ['${file%%.*}', 'a'],
  ['${file%.t?r*}', 'a.b/c.b/d'],
  ['${file#b}', 'a.b/c.b/d.tar.gz'],
  ['${file%$none}', 'a.b/c.b/d.tar.gz'],
  ['${file/.b/-}', 'a-/c.b/d.tar.gz'],
  ['${file//.b/$a}', 'a1/c1/d.tar.gz'],
  ['${file/*b/}', '/d.tar.gz'],
  ['${star#a\\*}', 'b'],
  ['${star//\\*/\\x}', 'a\\xb'],
  ['${none#x}', ''],
])('%s is %j', (text, expected) => expect(value(text)).toBe(expected));

test('the backtick escapes where a directive says so', () => expect(value('`$a\\', '`')).toBe('$a\\'));

test.each([
  ['${b:?is needed}', 'b: is needed'],
  ['${a', 'expected a variable'],
  ['${a:#x}', 'expected a variable'],
  ['${a#x', 'expected a variable'],
  ['${a/x}', 'expected a variable'],
  ["'a", "expected another '"],
  ['"a', 'expected another "'],
])('refuses %s', (text, message) => expect(() => value(text)).toThrow(message));

test('words keep their quotes until they are expanded', () => {
  expect(splitWords('a="b c"  d=\'e f\' g\\ h', '\\')).toEqual(['a="b c"', "d='e f'", 'g\\ h']);
});

test('quotes of a heredoc are text', () => {
  expect(expandText('"$a" \'$a\' \\$a\n', '\\', (name) => variables[name])).toBe('"1" \'1\' $a\n');
});
