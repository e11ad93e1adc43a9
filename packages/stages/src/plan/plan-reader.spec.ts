import { readFileSync, rmSync } from 'node:fs';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { identify, parseOsFile, type OsFile } from '../index.js';
import { PlanReader } from './plan-reader.js';

const YAML = 'os/linuxkit.yml';
const os = identify(parseOsFile(YAML) as OsFile, 'os');

let workspace: TestWorkspace;
let reader: PlanReader;
beforeEach(async () => {
  workspace = new TestWorkspace();
  await workspace.image('init', [[{ name: 'init', body: 'i' }]]);
  workspace.write('base.yml', 'files: [{path: a, contents: "1"}]\n');
  await workspace.build('os', 'extends: [../base.yml]\ninit: [test/init]\n', ['tar']);
  reader = new PlanReader(workspace.root, workspace.environment().settings);
});
afterEach(() => workspace.remove());

it('gives the same plan again while its files have the same text', () => {
  const plan = reader.read(os);
  expect(plan?.os.files).toHaveLength(1);
  workspace.write(YAML, readFileSync(workspace.path(YAML)));
  expect(reader.read(os)).toBe(plan);
});

it.each([
  [YAML, 'extends: [../base.yml]\ninit: [test/init]\nfiles: [{path: b, contents: "2"}]\n'],
  ['base.yml', 'files: [{path: a, contents: "1"}, {path: b, contents: "2"}]\n'],
])('a plan is read anew when %s has changed', (file, text) => {
  const before = reader.read(os);
  workspace.write(file, text);
  const plan = reader.read(os);
  expect(plan?.os.files).toHaveLength(2);
  expect(plan?.keys.initramfs).not.toBe(before?.keys.initramfs);
});

it('gives no plan while the lock misses a reference, also when the lock is removed between two readings', () => {
  const lock = 'os/linuxkit.lock.json';
  const text = readFileSync(workspace.path(lock));
  expect(reader.read(os)).toBeDefined();
  rmSync(workspace.path(lock));
  expect(reader.read(os)).toBeUndefined();
  workspace.write(lock, text);
  expect(reader.read(os)).toBeDefined();
});
