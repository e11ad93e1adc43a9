import { PassThrough } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyLines } from './line-output.js';

function recorded(idle: number) {
  const from = new PassThrough();
  const writes: string[] = [];
  const to = { write: (text: string) => writes.push(text) };
  copyLines(from, to as never, idle);
  return { from, writes };
}

test('letters that come one by one are written as one line', async () => {
  const { from, writes } = recorded(1000);
  for (const letter of 'Linux version\n') from.write(letter);
  from.end();
  await sleep(20);
  expect(writes).toEqual(['Linux version\n']);
});

test('a prompt without a line end is shown after a while', async () => {
  const { from, writes } = recorded(10);
  from.write('ok\nlogin: ');
  await sleep(60);
  expect(writes).toEqual(['ok\n', 'login: ']);
});

test('an unfinished line is written at the end', async () => {
  const { from, writes } = recorded(1000);
  from.end('halted');
  await sleep(20);
  expect(writes).toEqual(['halted']);
});
