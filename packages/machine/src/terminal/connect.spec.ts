import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { connectTerminal } from './connect.js';
import type { Interrupt } from './keys.js';

function connected(interrupt: Interrupt) {
  const raw: boolean[] = [];
  const keyboard = Object.assign(new PassThrough(), { setRawMode: (on: boolean) => raw.push(on) });
  const screen = new PassThrough();
  const stop = jest.fn();
  const machine = { input: new PassThrough(), output: new PassThrough(), stop };
  const terminal = connectTerminal(machine, { input: keyboard, output: screen }, interrupt);
  const text = (stream: PassThrough) => String(stream.read() ?? '');
  return { raw, keyboard, screen, stop, machine, terminal, text };
}

test('keys go to the guest, and what it writes goes to the screen as it is', async () => {
  const { keyboard, screen, machine, text } = connected('end');
  keyboard.write('ls\r');
  machine.output.write('l');
  machine.output.write('s\r\n');
  await turn();
  expect(text(machine.input)).toBe('ls\r');
  expect(text(screen)).toBe('ls\r\n');
});

test('Ctrl-A x stops the machine once', async () => {
  const { keyboard, stop, terminal } = connected('guest');
  keyboard.write('\x01x');
  keyboard.write('\x01x');
  await turn();
  expect(stop).toHaveBeenCalledTimes(1);
  expect(terminal.left()).toBe('quit');
});

test('a line of the host begins on a line of its own', async () => {
  const { screen, machine, terminal, text } = connected('guest');
  terminal.say('first');
  machine.output.write('login: ');
  await turn();
  terminal.say('second');
  terminal.say('third');
  expect(text(screen)).toBe('first\r\nlogin: \r\nsecond\r\nthird\r\n');
});

test('the terminal is raw while it is connected, and gets no keys afterwards', async () => {
  const { raw, keyboard, machine, terminal, text } = connected('guest');
  expect(raw).toEqual([true]);
  terminal.disconnect();
  expect(raw).toEqual([true, false]);
  keyboard.write('late');
  await turn();
  expect(text(machine.input)).toBe('');
});

test('a slow screen holds the console back', async () => {
  const { screen, machine } = connected('guest');
  const chunk = Buffer.alloc(16 * 1024);
  for (let written = 0; written < 64 * chunk.length; written += chunk.length) machine.output.write(chunk);
  await turn();
  expect(machine.output.isPaused()).toBe(true);
  expect(screen.readableLength).toBeLessThan(8 * chunk.length);
  screen.resume();
  await turn();
  await turn();
  expect(machine.output.isPaused()).toBe(false);
});
