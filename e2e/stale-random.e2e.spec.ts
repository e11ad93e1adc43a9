import { rmSync } from 'node:fs';
import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import fc from 'fast-check';
import { systemImage } from './graph/images.js';
import { WHOLE } from './sample.js';
import { placesOf, systems, tarOf, writeSystem, type RandomSystem } from './stale/random-workspace.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/** Workspaces of eight systems each: one takes half a minute, all of them show what one seed does not reach. */
const RUNS = WHOLE ? 15 : 1;

describe('random workspaces', () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
    await pushTo(registry, await systemImage('init'), 'init:1');
  });
  afterAll(() => registry.stop());

  it('an edit is in the image if it is read, and every cached build has the bytes of an uncached one', async () => {
    await fc.assert(
      fc.asyncProperty(systems, fc.boolean(), (all, daemon) =>
        checkWorkspace(all, daemon, `${registry.host}/init:1`),
      ),
      { numRuns: RUNS, endOnFailure: true },
    );
  }, 3_600_000);
});

async function checkWorkspace(all: readonly RandomSystem[], daemon: boolean, image: string): Promise<void> {
  const workspace = await Workspace.create({ daemon, env: daemon ? {} : IN_PROCESS });
  const build = (...more: string[]) => workspace.succeed('run-many', '-t', 'build', ...more);
  const tars = () => all.map((one, i) => tarOf(workspace, one, i));
  const differing = (before: readonly Buffer[]) => all.filter((_, i) => !tars()[i].equals(before[i]));
  const edit = (which: 'file' | 'unread') =>
    all.forEach((one, i) => workspace.write({ [placesOf(one, i)[which]]: `<text ${i}, 2>` }));
  try {
    workspace.edit('.gitignore', (text) => `${text}*.o\n`);
    all.forEach((one, i) => writeSystem(workspace, one, i, image, `<text ${i}, 1>`));
    await workspace.succeed('run-many', '-t', 'lock');
    workspace.commit();
    await build();
    const first = tars();
    expect(all.filter((_, i) => !first[i].includes(`<text ${i}, 1>`))).toEqual([]);

    edit('unread');
    await build();
    expect(differing(first)).toEqual([]);

    edit('file');
    await build();
    const edited = tars();
    expect(all.filter((_, i) => !edited[i].includes(`<text ${i}, 2>`))).toEqual([]);

    for (const folder of ['dist', '.linuxkit']) rmSync(workspace.path(folder), { recursive: true });
    await build('--skip-nx-cache');
    expect(differing(edited)).toEqual([]);
  } finally {
    await workspace.stop();
  }
}
