import { linesOfStatus } from './buildkit-status.js';

/** A field with a length, of a field number below 16. */
const field = (number: number, bytes: Buffer | string) => {
  const content = Buffer.from(bytes as string);
  const size = content.length;
  const length = size < 128 ? [size] : [(size % 128) | 128, size >> 7];
  return Buffer.concat([Buffer.from([number * 8 + 2, ...length]), content]);
};
const number = (at: number, value: number) => Buffer.from([at * 8, value]);
const vertex = (...parts: Buffer[]) => field(1, Buffer.concat([field(1, 'sha256:0'), ...parts]));
const log = (text: string) => field(3, Buffer.concat([field(1, 'sha256:0'), number(3, 1), field(4, text)]));

test('steps that begin, what programs print, and errors are lines', () => {
  const message = Buffer.concat([
    vertex(field(3, '[1/2] RUN x'), field(5, 'now')),
    vertex(field(3, '[1/2] RUN x'), field(5, 'now'), field(6, 'later')),
    field(2, 'progress'),
    log('one\ntwo'),
    log('ü'.repeat(100)),
    vertex(field(3, '[2/2] RUN y'), field(5, 'now'), field(6, 'later'), field(7, 'exit code: 3')),
  ]);
  expect(linesOfStatus(message)).toEqual([
    '[1/2] RUN x\n',
    'one\ntwo',
    'ü'.repeat(100),
    'ERROR: exit code: 3\n',
  ]);
});

test('a message that is cut, or of another form, gives what it has', () => {
  const message = Buffer.concat([log('one'), log('two')]);
  for (let end = 0; end < message.length; end += 1) {
    const lines = linesOfStatus(message.subarray(0, end));
    expect(['one', '']).toContain(lines.join(''));
  }
  expect(linesOfStatus(Buffer.alloc(100, 0xff))).toEqual([]);
  expect(linesOfStatus(Buffer.from([0x0d, 0, 0, 0, 0, 0x09, 0, 0, 0, 0, 0, 0, 0, 0]))).toEqual([]);
});
