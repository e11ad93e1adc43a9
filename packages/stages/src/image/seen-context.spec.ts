import { mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readPackageInputs, type PackageInputs } from '../plan/dockerfile/package-inputs.js';
import { readPackageFile, type DockerfilePackage } from '../plan/dockerfile/package-file.js';
import { isSameContext, seeContext } from './seen-context.js';

let root: string;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), 'seen-context-'));
  mkdirSync(join(root, 'app'));
  writeFileSync(join(root, 'app/Dockerfile'), 'FROM scratch\nCOPY a /\n');
  writeFileSync(join(root, 'app/a'), '1');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Milliseconds after which a file counts as one that no program is writing. */
const settle = () => setTimeout(150);

function inputs(): PackageInputs {
  const found = readPackageFile(root, 'app', 'Dockerfile') as DockerfilePackage;
  return readPackageInputs(root, found, 'linux/amd64');
}

test('files that are as they were are not read again', async () => {
  await settle();
  const { hash, sighting } = seeContext(root, inputs());
  expect(sighting).toBeDefined();
  // A hash that no context has shows whether files were read.
  expect(isSameContext({ hash: 'none', sighting }, root, inputs())).toBe(true);
  expect(isSameContext({ hash }, root, inputs())).toBe(true);
});

test('a file with other bytes, and the size and time that it had, is another one', async () => {
  await settle();
  const before = seeContext(root, inputs());
  const { atime, mtime } = statSync(join(root, 'app/a'));
  writeFileSync(join(root, 'app/a'), '2');
  utimesSync(join(root, 'app/a'), atime, mtime);
  expect(isSameContext(before, root, inputs())).toBe(false);
});

test('a file that was written again with the same bytes is the same one', async () => {
  await settle();
  const before = seeContext(root, inputs());
  writeFileSync(join(root, 'app/a'), '1');
  expect(isSameContext(before, root, inputs())).toBe(true);
});

test('a file that changed just before it was read is read again: its next change could have the same time', () => {
  writeFileSync(join(root, 'app/a'), '1');
  const before = seeContext(root, inputs());
  expect(before.sighting).toBeUndefined();
  writeFileSync(join(root, 'app/a'), '2');
  expect(isSameContext(before, root, inputs())).toBe(false);
});

test('another Dockerfile is another context', async () => {
  await settle();
  const before = seeContext(root, inputs());
  writeFileSync(join(root, 'app/Dockerfile'), 'FROM scratch\nCOPY a /b\n');
  expect(isSameContext(before, root, inputs())).toBe(false);
});
