import { randomImage, startMemoryRegistry, type MemoryRegistry, type TestImage } from '@nx-linuxkit/testing';
import { Terminal } from './workspace/terminal.js';
import { Workspace } from './workspace/workspace.js';

/** A layer of a megabyte that arrives in a hundred parts, for six seconds. */
const LAYER_BYTES = 1e6;
const SLOW = { kind: 'slow', parts: 100, pause: 60 } as const;
const PROGRESS = /^pull web (\d\.\d|\d+)\/(1\.0|\d+) (MB|kB)$/gm;

let registry: MemoryRegistry;
let workspace: Workspace;

beforeAll(async () => {
  registry = await startMemoryRegistry();
  const image: TestImage = await randomImage(1, {
    layers: [{ entries: [{ name: 'data', body: randomText(LAYER_BYTES) }] }],
  });
  registry.add('team/web', '1', image);
  workspace = await Workspace.create({
    files: { 'os/linuxkit.yml': `init:\n  - ${registry.host}/team/web:1\noutputs:\n  - format: tar\n` },
  });
  await workspace.succeed('lock', 'os');
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});
beforeEach(() => workspace.emptyAll());
afterEach(() => registry.heal());

/** Text that gzip cannot make small. */
function randomText(length: number): string {
  let state = 1;
  const next = () => String.fromCharCode(33 + ((state = (state * 48271) % 0x7fffffff) % 94));
  return Array.from({ length }, next).join('');
}

function slowDown(): void {
  registry.fail({ path: '/blobs/' }, SLOW);
}

/** What was reported as having come, in bytes. */
function reported(output: string): number[] {
  return [...output.matchAll(PROGRESS)].map(([, done, , unit]) => Number(done) * (unit === 'MB' ? 1e6 : 1e3));
}

test('a slow pull says every two seconds how far it is', async () => {
  slowDown();
  const { output } = await workspace.succeed('build', 'os');
  const counts = reported(output);
  expect(counts.length).toBeGreaterThanOrEqual(2);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(counts.at(-1)).toBeGreaterThan(counts[0]);
});

test('the terminal UI shows the lines while the task runs', async () => {
  slowDown();
  const terminal = await Terminal.run(
    [process.execPath, workspace.path('node_modules/.bin/nx'), 'build', 'os'],
    { cwd: workspace.dir, env: { ...workspace.env, NX_TUI: 'true' } },
  );
  try {
    await terminal.until(/pull web [\d.]+\/[\d.]+ [Mk]B/);
  } finally {
    await terminal.close();
  }
});
