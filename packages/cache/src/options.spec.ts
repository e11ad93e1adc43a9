import { createServer } from 'node:http';
import { listenOn } from './front/server.js';
import { FLAGS, Options } from './options.js';
import { Trust } from './trust.js';

const flags = Object.entries(FLAGS);

test('a flag that can be there once has one value, and one that can be there several times has all', () => {
  const options = Options.parse(['--to', 'a', '--from', 'b', '--from', 'c', '--finish', '7']);
  expect(options.text('to')).toBe('a');
  expect(options.list('from')).toEqual(['b', 'c']);
  expect(options.number('finish', 300)).toBe(7);
  expect(options.number('budget', 20)).toBe(20);
});

test.each(flags.filter(([, flag]) => 'value' in flag && !('many' in flag)))(
  '--%s that is there twice is refused',
  (name, flag) => {
    const command = 'of' in flag ? flag.of : undefined;
    expect(() => Options.parse([`--${name}`, '1', `--${name}`, '2'], command)).toThrow(
      `--${name} is there 2 times`,
    );
  },
);

test.each(flags.flatMap(([name, flag]) => ('of' in flag ? [[name, flag.of] as const] : [])))(
  '--%s is a flag of %s alone',
  (name, of) => {
    expect(Options.parse([`--${name}`, '1'], of).has(name as keyof typeof FLAGS)).toBe(true);
    for (const other of [undefined, 'stats', of === 'gc' ? 'serve' : 'gc'])
      expect(() => Options.parse([`--${name}`, '1'], other)).toThrow(`is a flag of ${of} alone`);
  },
);

test.each([
  ['an unknown flag', ['--tp', 'x'], "unknown option '--tp'"],
  ['a word', ['gc'], "unexpected argument 'gc'"],
  ['a flag without its value', ['--to'], "option '--to <value>' argument missing"],
  ['a value that begins with a dash', ['--finish', '-3'], "option '--finish' argument is ambiguous"],
])('%s is refused in one line', (_, args, message) => {
  let error: unknown;
  try {
    Options.parse(args);
  } catch (cause) {
    error = cause;
  }
  expect(error).toMatchObject({ code: 'bad-flag', message });
});

test.each(['x', '', '1e3', '0x10'])('the number %j is refused', (value) => {
  expect(() => Options.parse([`--finish=${value}`]).number('finish', 300)).toThrow('expected a number');
});

test.each([
  ['a port that no machine has', '127.0.0.1', 99_999],
  ['an address that this machine does not have', '192.0.2.1', 0],
])('%s is refused with a hint', async (_, host, port) => {
  const server = createServer();
  await expect(listenOn(server, host, port)).rejects.toMatchObject({
    code: 'bad-flag',
    message: expect.stringMatching(`cannot listen on ${host}:${port}: `),
  });
  server.close();
});

test('a key that cannot be read is refused with its path', async () => {
  for (const keys of [{ signWith: 'no/key', require: [] }, { require: ['no/key'] }])
    await expect(Trust.load(keys)).rejects.toMatchObject({
      code: 'bad-flag',
      message: 'cannot read the key no/key: ENOENT',
    });
});
