import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './__tests__/temporary-folder.js';
import { claimState, removeStale } from './claim-state.js';

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

it('a claim that a process makes while another one removes an old claim stays', async () => {
  const old = `${process.pid} 1\n`;
  writeFileSync(file(), old);
  const release = await claimState(folder.path);
  const now = readFileSync(file(), 'utf8');
  await removeStale(file(), old);
  expect(readFileSync(file(), 'utf8')).toBe(now);
  await release();
});

it('one of several that find the claim of a process that was killed gets the folder', async () => {
  writeFileSync(file(), `${process.pid} 1\n`);
  const claims = await Promise.allSettled(Array.from({ length: 8 }, () => claimState(folder.path)));
  const won = claims.flatMap((claim) => (claim.status === 'fulfilled' ? [claim.value] : []));
  expect(won).toHaveLength(1);
  await won[0]!();
  expect(readdirSync(folder.path)).toEqual([]);
});

it('one that was killed while it removed a claim keeps no folder', async () => {
  writeFileSync(file(), 'x');
  const turn = `${file()}.${createHash('sha256').update('x').digest('hex').slice(0, 12)}`;
  writeFileSync(turn, `${process.pid} 1\n`);
  await (
    await claimState(folder.path)
  )();
  expect(readdirSync(folder.path)).toEqual([]);
});
