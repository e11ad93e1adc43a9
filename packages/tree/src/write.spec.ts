import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Copies, writeParts } from './write.js';

const dir = mkdtempSync(join(tmpdir(), 'write-spec-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

it('parts lie one after the other from their position on', async () => {
  const path = join(dir, 'parts');
  const file = await open(path, 'w');
  await writeParts(file, ['ab', '', 'cde'].map(Buffer.from), 3);
  await writeParts(file, [], 99);
  await file.close();
  expect(readFileSync(path, 'latin1')).toBe('\0\0\0abcde');
});

describe('copies', () => {
  it('run at once, but not all of many', async () => {
    let [running, most] = [0, 0];
    const copies = new Copies();
    for (let i = 0; i < 100; i += 1) {
      await copies.add(async () => {
        most = Math.max(most, (running += 1));
        await setTimeout(1);
        running -= 1;
      });
    }
    await copies.settle();
    copies.check();
    expect(running).toBe(0);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThan(100);
  });

  it('of which one fails: the others end first, and the next one is refused with its error', async () => {
    const ended: string[] = [];
    const copies = new Copies();
    await copies.add(async () => {
      await setTimeout(20);
      ended.push('slow');
    });
    await copies.add(() => Promise.reject(new Error('the first')));
    await copies.settle();
    expect(ended).toEqual(['slow']);
    expect(() => copies.check()).toThrow('the first');
    await expect(copies.add(async () => void ended.push('late'))).rejects.toThrow('the first');
    expect(ended).toEqual(['slow']);
  });
});
