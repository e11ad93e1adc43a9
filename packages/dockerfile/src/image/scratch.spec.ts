import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type * as os from 'node:os';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Scratch } from './scratch.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scratch-'));
  // Node asks the environment of the process, which is not the one that a test sees.
  jest.spyOn(jest.requireActual<typeof os>('node:os'), 'tmpdir').mockReturnValue(folder);
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test('a folder is there during the call alone, also when the call fails', async () => {
  await Scratch.with(async (scratch) => expect(readdirSync(folder)).toEqual([basename(scratch.folder)]));
  await expect(Scratch.with(() => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(readdirSync(folder)).toEqual([]);
});

test('what a killed process of this machine has left is removed, and nothing else', async () => {
  const ended = spawnSync(process.execPath, ['-e', '']).pid;
  const [gone, ...kept] = [
    `nx-linuxkit-dockerfile-${hostname()}.${ended}-abc`,
    `nx-linuxkit-dockerfile-${hostname()}.${process.pid}-abc`,
    `nx-linuxkit-dockerfile-another.${ended}-abc`,
    `nx-linuxkit-dockerfile-${hostname()}.${ended}`,
  ];
  for (const name of [gone, ...kept]) mkdirSync(join(folder, name, 'below'), { recursive: true });
  await Scratch.with(async () => undefined);
  expect(readdirSync(folder).sort()).toEqual(kept.sort());
});
