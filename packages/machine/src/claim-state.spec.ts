import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './__tests__/temporary-folder.js';
import { claimState } from './claim-state.js';

const folder = temporaryFolder();
const file = () => join(folder.path, 'machine.pid');

it('a second machine of one state folder is refused with one line, until the first has ended', async () => {
  const release = await claimState(folder.path);
  await expect(claimState(folder.path)).rejects.toMatchObject({
    code: 'invalid-option',
    message: `state: a machine of process ${process.pid} runs from ${folder.path}`,
    hint: expect.stringContaining(`--state=${folder.path}-2`),
  });
  await release();
  expect(existsSync(file())).toBe(false);
  await (
    await claimState(folder.path)
  )();
});

it('a process that was killed holds nothing', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  writeFileSync(file(), `${pid}\n`);
  const release = await claimState(folder.path);
  expect(readFileSync(file(), 'utf8')).toMatch(new RegExp(`^${process.pid}( \\d+)?\n$`));
  await release();
});

it('a file that says no process holds nothing', async () => {
  for (const text of ['', 'x', '-1', '0']) {
    writeFileSync(file(), text);
    await (
      await claimState(folder.path)
    )();
  }
  expect(existsSync(file())).toBe(false);
});

it('another process that has the number by now holds nothing', async () => {
  writeFileSync(file(), `${process.pid} 1\n`);
  await (
    await claimState(folder.path)
  )();
  expect(existsSync(file())).toBe(false);
});
