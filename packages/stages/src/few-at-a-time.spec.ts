import { setTimeout } from 'node:timers/promises';
import { fewAtATime } from './few-at-a-time.js';

it('gives the results in the order of the items, with at most four under way', async () => {
  let [running, most] = [0, 0];
  const items = Array.from({ length: 20 }, (_, i) => i);
  const results = await fewAtATime(items, async (i) => {
    most = Math.max(most, (running += 1));
    await setTimeout((i * 7) % 5);
    running -= 1;
    return i * 2;
  });
  expect(results).toEqual(items.map((i) => i * 2));
  expect(most).toBe(4);
});

it('after a failure begins nothing, and throws the first error when what runs has ended', async () => {
  const told: string[] = [];
  const failing = fewAtATime([0, 1, 2, 3, 4, 5, 6], async (i) => {
    told.push(`begin ${i}`);
    if (i === 1) throw new Error('the first');
    await setTimeout(20);
    told.push(`end ${i}`);
    if (i === 2) throw new Error('the second');
  });
  await expect(failing).rejects.toThrow('the first');
  expect(told).toEqual(['begin 0', 'begin 1', 'begin 2', 'begin 3', 'end 0', 'end 2', 'end 3']);
  await setTimeout(40);
  expect(told).toHaveLength(7);
});

it('gives an empty list for no items', async () => {
  expect(await fewAtATime([], () => Promise.reject(new Error('never')))).toEqual([]);
});
