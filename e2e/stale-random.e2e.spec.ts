import { rmSync } from 'node:fs';
import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import fc from 'fast-check';
import { systemImage } from './graph/images.js';
import { sampleOf, WHOLE } from './sample.js';
import {
  IGNORED,
  placesOf,
  readFileOf,
  relinkSystem,
  systems,
  tarOf,
  writeSystem,
  type RandomSystem,
} from './stale/random-workspace.js';
import type { NxVersion } from './workspace/template.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const MATRIX: readonly [NxVersion, boolean][] = [
  ['current', true],
  ['current', false],
  ['oldest', true],
  ['oldest', false],
];
/** Workspaces of eight systems each; one takes half a minute. */
const RUNS = WHOLE ? 4 : 1;
/** The sample is the same each time. A seed that has failed can be named in the environment. */
const SEED = Number(process.env.STALE_SEED ?? 19);

describe.each(sampleOf(MATRIX, ([nx, daemon]) => nx === 'oldest' && daemon))(
  'random workspaces, Nx %s, daemon %s',
  (nx, daemon) => {
    let registry: TestRegistry;
    beforeAll(async () => {
      registry = await startRegistry();
      await pushTo(registry, await systemImage('init'), 'init:1');
    });
    afterAll(() => registry.stop());

    it('an edit is in the image if it is read, and every cached build has the bytes of an uncached one', async () => {
      await fc.assert(
        fc.asyncProperty(systems, (all) => checkWorkspace(all, nx, daemon, `${registry.host}/init:1`)),
        {
          numRuns: RUNS,
          seed: SEED + MATRIX.findIndex((one) => one[0] === nx && one[1] === daemon),
          endOnFailure: true,
        },
      );
    }, 3_600_000);
  },
);

async function checkWorkspace(
  all: readonly RandomSystem[],
  nx: NxVersion,
  daemon: boolean,
  image: string,
): Promise<void> {
  const workspace = await Workspace.create({ nx, daemon, env: daemon ? {} : IN_PROCESS });
  const build = (...more: string[]) => workspace.succeed('run-many', '-t', 'build', ...more);
  const tars = () => all.map((one, i) => tarOf(workspace, one, i));
  const differing = (before: readonly Buffer[]) => all.filter((_, i) => !tars()[i].equals(before[i]));
  const text = (i: number, revision: number) => `<text ${i}, ${revision}>`;
  const stale = (now: readonly Buffer[], revisions: readonly number[]) =>
    all.filter((_, i) => !now[i].includes(text(i, revisions[i])));
  try {
    workspace.edit('.gitignore', (lines) => `${lines}${IGNORED}`);
    all.forEach((one, i) => writeSystem(workspace, one, i, image, text(i, 1)));
    await workspace.succeed('run-many', '-t', 'lock');
    workspace.commit();
    await build();
    const first = tars();
    expect(
      stale(
        first,
        all.map(() => 1),
      ),
    ).toEqual([]);

    // What is not read changes nothing, and what is removed comes back.
    all.forEach((one, i) => workspace.write({ [placesOf(one, i).unread]: text(i, 2) }));
    rmSync(workspace.path('dist'), { recursive: true });
    await build();
    expect(differing(first)).toEqual([]);

    all.forEach((one, i) => workspace.write({ [placesOf(one, i).file]: readFileOf(one, text(i, 2)) }));
    await build();
    expect(
      stale(
        tars(),
        all.map(() => 2),
      ),
    ).toEqual([]);

    const revisions = all.map((one, i) => (relinkSystem(workspace, one, i, text(i, 3)) ? 3 : 2));
    await build();
    const edited = tars();
    expect(stale(edited, revisions)).toEqual([]);

    for (const folder of ['dist', '.linuxkit']) rmSync(workspace.path(folder), { recursive: true });
    await build('--skip-nx-cache');
    expect(differing(edited)).toEqual([]);
  } finally {
    await workspace.stop();
  }
}
