import { parseDockerfile } from './parse.js';

const parse = (text: string) => parseDockerfile(text, 'Dockerfile');

test('an instruction continues over lines, comments and empty lines', () => {
  const { stages } = parse('FROM scratch\nENV a=1 \\\n  # why\n\n  b=2\nCMD ["x"]\n');
  expect(stages[0].instructions.map(({ keyword, text, line }) => [keyword, text, line])).toEqual([
    ['ENV', 'a=1   b=2', 2],
    ['CMD', '["x"]', 6],
  ]);
});

test('stages have the names that AS gives them, without regard to case', () => {
  const { stages, globals } = parse('ARG V=1\nfrom a:$V as Build\nCOPY x /\nFROM scratch\n');
  expect(globals.map(({ text }) => text)).toEqual(['V=1']);
  expect(stages.map(({ name, base }) => [name, base])).toEqual([
    ['build', 'a:$V'],
    [undefined, 'scratch'],
  ]);
});

test('flags stand before the arguments', () => {
  const [{ instructions }] = parse('FROM scratch\nCOPY --from=a --link --chown=1:2 /x --y /z\n').stages;
  expect(instructions[0]).toMatchObject({
    flags: [
      { name: 'from', value: 'a' },
      { name: 'link', value: '' },
      { name: 'chown', value: '1:2' },
    ],
    text: '/x --y /z',
  });
});

test('the JSON form is a list of strings; anything else is a line', () => {
  const [{ instructions }] = parse('FROM scratch\nCMD [ "a", "b c" ]\nCMD [1]\nCMD [ -f x ]\n').stages;
  expect(instructions.map(({ json }) => json)).toEqual([['a', 'b c'], undefined, undefined]);
});

test('a heredoc is the text up to its delimiter', () => {
  const text = 'FROM scratch\nCOPY <<a <<-"b" /x/\n$v\na\n\t\tq\n\tb\nUSER 1\n';
  const [{ instructions }] = parse(text).stages;
  expect(instructions.map(({ keyword }) => keyword)).toEqual(['COPY', 'USER']);
  expect(instructions[0].heredocs).toEqual([
    { name: 'a', text: '$v\n', expands: true },
    { name: 'b', text: 'q\n', expands: false },
  ]);
});

test('the directive escape makes the backtick continue a line', () => {
  const { escape, stages } = parse('# escape=`\nFROM scratch\nCMD a `\n b\\\n');
  expect([escape, stages[0].instructions[0].text]).toEqual(['`', 'a  b\\']);
});

test('lines may end as on Windows', () => {
  const [{ instructions }] = parse('FROM scratch\r\nENV a=1 \\\r\n b=2\r\nUSER 7\r\n').stages;
  expect(instructions.map(({ text }) => text)).toEqual(['a=1  b=2', '7']);
});

test.each(['<<a-b.conf', "<<'E O'", '<<1x'])(
  'a heredoc whose delimiter is %s is refused at its line',
  (word) => {
    expect(() => parse(`FROM scratch\nCOPY ${word} /etc/\n`)).toThrow(
      expect.objectContaining({ code: 'unsupported', where: { file: 'Dockerfile', line: 2 } }),
    );
  },
);

test('a shell may shift and compare in a RUN', () => {
  const [{ instructions }] = parse('FROM scratch\nRUN echo $((1 <<2)) << x-y\n').stages;
  expect(instructions[0].heredocs).toEqual([]);
});

test.each([
  ['', 'expected an instruction FROM, got none', undefined],
  ['COPY a b\nFROM scratch\n', 'got COPY before the first FROM', 1],
  ['FROM\n', 'FROM: expected an image', 1],
  ['FROM scratch\nFROM a AS\n', 'FROM: expected an image', 2],
  ['FROM scratch\nFROM a AS 1x\n', 'FROM: expected an image', 2],
  ['FROM scratch\nCOPY <<EOF /a\nx\n', 'the text <<EOF has no end', 2],
  // A NUL would end a name in the layer's tar.
  ['FROM scratch\nCOPY a /b\0c\n', 'expected text, got a NUL', 2],
])('refuses %j at its line', (text, message, line) => {
  expect(() => parse(text)).toThrow(
    expect.objectContaining({
      code: 'bad-dockerfile',
      message: expect.stringContaining(message),
      where: { file: 'Dockerfile', line },
    }),
  );
});
