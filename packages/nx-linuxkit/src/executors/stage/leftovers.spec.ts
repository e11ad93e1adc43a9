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

/** What a stage wrote for a node, so many hours ago. */
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

test('what the graph no longer has goes after a day, with the folders that are empty then', async () => {
  const old = output('.linuxkit/segment/oci/web-111111111111-amd64/services/web/segment', 25);
  const image = output('.linuxkit/images/web-111111111111-amd64/pull', 25);
  await removeLeftovers(graphOf([]));
  expect([old, image].filter(existsSync)).toEqual([]);
  expect(existsSync(join(root, '.linuxkit/segment'))).toBe(false);
  expect(existsSync(join(root, '.linuxkit'))).toBe(true);
});

test('what the graph has stays, however old; so does what is new, and what is of a system', async () => {
  const node = '.linuxkit/segment/oci/web-222222222222-amd64/services/web';
  const kept = [
    output(`${node}/segment`, 1000),
    output('.linuxkit/images/web-333333333333-amd64/pull', 23),
    output('.linuxkit/my-os/initramfs/initramfs', 1000),
  ];
  await removeLeftovers(graphOf([node]));
  expect(kept.filter((path) => !existsSync(path))).toEqual([]);
});

test('without a graph nothing goes', async () => {
  const old = output('.linuxkit/images/web-111111111111-amd64/pull', 25);
  await removeLeftovers({ root, projectGraph: undefined as never });
  expect(existsSync(old)).toBe(true);
});
