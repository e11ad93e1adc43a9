import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeStateFolder } from './state-folder.js';

const root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-state-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const modeOf = (path: string) => statSync(path).mode & 0o777;

it('another user of the host cannot look into the state of a machine', async () => {
  await makeStateFolder(join(root, 'a/b/state'));
  expect(modeOf(join(root, 'a/b/state'))).toBe(0o700);
  expect(modeOf(join(root, 'a/b'))).toBe(0o777 & ~process.umask());
});

it('a folder that is there keeps its mode', async () => {
  mkdirSync(join(root, 'given'), { mode: 0o750 });
  const mode = modeOf(join(root, 'given'));
  await makeStateFolder(join(root, 'given'));
  expect(modeOf(join(root, 'given'))).toBe(mode);
});

it('a file in its place is the error of the file system', async () => {
  writeFileSync(join(root, 'file'), '');
  for (const path of ['file', 'file/state'])
    await expect(makeStateFolder(join(root, path))).rejects.toMatchObject({ syscall: 'mkdir' });
});
