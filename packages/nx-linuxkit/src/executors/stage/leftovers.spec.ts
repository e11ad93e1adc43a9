import { existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { removeLeftovers } from './leftovers.js';

const HOUR = 3600;
const NOW = Date.now() / 1000;

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-leftovers-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes an output of a node as a stage would have, the given hours ago. */
function output(path: string, hours: number): string {
  const seal = join(root, path, 'stage.json');
  mkdirSync(dirname(seal), { recursive: true });
  writeFileSync(seal, '{}');
  utimesSync(seal, NOW - hours * HOUR, NOW - hours * HOUR);
  return join(root, path);
}

function graphOf(roots: readonly string[]): Pick<ExecutorContext, 'root' | 'projectGraph'> {
  const nodes = Object.fromEntries(
    roots.map((one) => [one, { name: one, type: 'app' as const, data: { root: one } }]),
  );
  return { root, projectGraph: { nodes, dependencies: {} } };
}

test('outputs that the graph no longer has are removed after an hour, with folders that are empty then', async () => {
  const old = output('.linuxkit/segment/oci/web-111111111111-amd64/services/web/segment', 1.1);
  const image = output('.linuxkit/images/web-111111111111-amd64/pull', 1.1);
  await removeLeftovers(graphOf([]));
  expect([old, image].filter(existsSync)).toEqual([]);
  expect(existsSync(join(root, '.linuxkit/segment'))).toBe(false);
  expect(existsSync(join(root, '.linuxkit'))).toBe(true);
});

test('builds that end at once remove the same outputs without an error', async () => {
  const old = Array.from({ length: 20 }, (_, i) => output(`.linuxkit/images/web-${i}/pull`, 1.1));
  await Promise.all(Array.from({ length: 4 }, () => removeLeftovers(graphOf([]))));
  expect(old.filter(existsSync)).toEqual([]);
});

test('outputs that the graph has, that are new, or that belong to a system are kept', async () => {
  const node = '.linuxkit/segment/oci/web-222222222222-amd64/services/web';
  const kept = [
    output(`${node}/segment`, 1000),
    output('.linuxkit/images/web-333333333333-amd64/pull', 0.9),
    output('.linuxkit/my-os/initramfs/initramfs', 1000),
  ];
  await removeLeftovers(graphOf([node]));
  expect(kept.filter((path) => !existsSync(path))).toEqual([]);
});

test('nothing is removed without a graph', async () => {
  const old = output('.linuxkit/images/web-111111111111-amd64/pull', 1.1);
  await removeLeftovers({ root, projectGraph: undefined as never });
  expect(existsSync(old)).toBe(true);
});
