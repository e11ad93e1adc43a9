import { setImmediate } from 'node:timers/promises';
import { removeOnSignal } from './remove-on-signal.js';

const count = () => process.listenerCount('SIGTERM');

it('a signal while an instance is being made removes it before the process ends', async () => {
  const before = count();
  const events: string[] = [];
  jest.spyOn(console, 'log').mockImplementation();
  const exit = jest
    .spyOn(process, 'exit')
    .mockImplementation((code) => void events.push(`exit ${code}`) as never);
  try {
    let made: (instance: { exited: Promise<void>; stop: () => Promise<void> }) => void = () => undefined;
    let gone = () => undefined as void;
    const exited = new Promise<void>((resolve) => (gone = resolve));
    removeOnSignal(new Promise((resolve) => (made = resolve)));
    // To emit the signal would call the test runner's own listeners too.
    (process.listeners('SIGTERM').at(-1) as () => void)();
    await setImmediate();
    expect(events).toEqual([]);
    const stop = async () => {
      events.push('stop');
      gone();
      await exited;
    };
    made({ exited, stop });
    await setImmediate();
    expect(events).toEqual(['stop', 'exit 130']);
    expect(count()).toBe(before);
  } finally {
    exit.mockRestore();
  }
});

it('an instance that cannot be made leaves no listener behind', async () => {
  const before = count();
  removeOnSignal(Promise.reject(new Error('no instance')));
  expect(count()).toBe(before + 1);
  await setImmediate();
  expect(count()).toBe(before);
});
