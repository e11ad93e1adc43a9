import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { sampleOf } from './sample.js';
import { KINDS, SYSTEMS, fileOf, hostileWorkspace, tarOf, textOf } from './stale/hostile-workspace.js';
import type { NxVersion } from './workspace/template.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const MATRIX: readonly [NxVersion, boolean][] = [
  ['current', true],
  ['current', false],
  ['oldest', true],
  ['oldest', false],
];

/** The sample is Nx 23 here, and Nx 24 with its daemon in stale-files.e2e.spec.ts. */
const CASES = sampleOf(MATRIX, ([nx, daemon]) => nx === 'oldest' && !daemon);

describe.each(CASES)('names that look like globs, Nx %s, daemon %s', (nx, daemon) => {
  let registry: TestRegistry;
  let workspace: Workspace;
  const build = () => workspace.succeed('run-many', '-t', 'build');
  const missing = (revisions: Readonly<Record<string, number>>) => {
    const tars = new Map(SYSTEMS.map((system) => [system, tarOf(workspace, system)]));
    return SYSTEMS.flatMap((system) =>
      KINDS.map((kind) => ({ system, kind, text: textOf(system, kind, revisions[kind]) })).filter(
        ({ text }) => !tars.get(system)?.includes(text),
      ),
    ).map(({ system, text }) => `${system.name}: ${text}`);
  };

  beforeAll(async () => {
    registry = await startRegistry();
    await pushTo(registry, await systemImage('init'), 'init:1');
    workspace = await Workspace.create({ nx, daemon, env: daemon ? {} : IN_PROCESS });
    workspace.write(hostileWorkspace(`${registry.host}/init:1`));
    await workspace.succeed('run-many', '-t', 'lock');
    workspace.commit();
    await build();
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('are built', () => expect(missing({ source: 1, package: 1, extends: 1 })).toEqual([]));

  it('a hit restores all outputs', async () => {
    workspace.remove('dist', '.linuxkit');
    const { executed } = await build();
    // The daemon does not watch a file whose name ends so, and what reads it is not cached.
    expect(executed.filter((task) => !daemon || !/~[@:]/.test(task))).toEqual([]);
    expect(missing({ source: 1, package: 1, extends: 1 })).toEqual([]);
  });

  it.each(KINDS)('an edited %s is in the image', async (edited) => {
    for (const system of SYSTEMS) workspace.write(fileOf(system, edited, 2));
    await build();
    const revisions = KINDS.map((kind, i) => [kind, i <= KINDS.indexOf(edited) ? 2 : 1]);
    expect(missing(Object.fromEntries(revisions))).toEqual([]);
  });
});
