import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NX_VERSIONS, type NxVersion } from './workspace/template.js';
import { Workspace } from './workspace/workspace.js';

/** The first steps of a newcomer with the packed packages, without a registry, Docker or an account. */

/** Both versions of Nx share a store, so that the second one fetches and compresses less. */
const store = mkdtempSync(join(tmpdir(), 'nx-linuxkit-first-os-'));
afterAll(() => rmSync(store, { recursive: true, force: true }));

/** Each template, with a line on its console when it has done its job. nginx answers HTTP besides. */
const SHOWN: Readonly<Record<string, string>> = {
  nginx: 'dhcpcd exited',
  minimal: 'Hello from minimal',
  redis: 'at /var/lib/redis',
  'docker-like': 'at /var/lib/containerd',
};
/** The generator makes nginx if no template is named. */
const nameOf = (template: string) => (template === 'nginx' ? 'my-os' : template);

describe.each<[NxVersion, readonly string[]]>([
  ['current', Object.keys(SHOWN)],
  ['oldest', ['nginx']],
])('first systems in a fresh workspace, Nx %s', (nx, templates) => {
  let workspace: Workspace;
  const locks = new Map<string, string>();
  const lockOf = (template: string) => workspace.read(`${nameOf(template)}/linuxkit.lock.json`);

  beforeAll(async () => {
    workspace = await Workspace.create({ nx, nxJson: { plugins: [] }, env: { NX_LINUXKIT_STORE: store } });
  });
  afterAll(() => workspace?.stop());

  test('is that Nx', async () => {
    expect((await workspace.succeed('--version')).output).toContain(NX_VERSIONS[nx]);
  });

  test('what nx add runs registers the plugin, once', async () => {
    await workspace.succeed('g', 'nx-linuxkit:init');
    const once = workspace.read('nx.json');
    await workspace.succeed('g', 'nx-linuxkit:init');
    expect(workspace.read('nx.json')).toBe(once);
    expect(JSON.parse(once)).toMatchObject({
      plugins: [{ plugin: 'nx-linuxkit' }],
      namedInputs: { linuxkit: [] },
      targetDefaults: { 'nx-linuxkit:build': {}, 'nx-linuxkit:stage': {} },
    });
  });

  test('the generator makes a system of each template, with its lock', async () => {
    for (const template of templates) {
      const choice = template === 'nginx' ? [] : [`--template=${template}`];
      await workspace.succeed('g', 'nx-linuxkit:os', nameOf(template), ...choice);
      locks.set(template, lockOf(template));
    }
    workspace.commit();
  });

  test('they build', async () => {
    const { built } = await workspace.succeed('run-many', '-t', 'build');
    expect(built).toEqual(templates.map(nameOf).sort());
  });

  test('they pass nx boot-test', async () => {
    await workspace.succeed('run-many', '-t', 'boot-test', '--parallel=2');
  }, 900_000);

  test.each(templates)('%s has done its job, and its lock and the repository are as before', (template) => {
    const log = `.linuxkit/${nameOf(template)}/boot-test/kernel+initrd/console.log`;
    expect(workspace.read(log)).toContain(SHOWN[template]);
    // A line that looks like a fault, though nothing is wrong.
    expect(workspace.read(log)).not.toContain('getpwnam');
    expect(lockOf(template)).toBe(locks.get(template));
    expect(workspace.git('status', '--porcelain')).toBe('');
  });

  test('the second build and the second boot test run nothing', async () => {
    const again = await workspace.succeed('run-many', '-t', 'build', 'boot-test');
    expect(again.executed).toEqual([]);
    expect(again.cached).toEqual(
      expect.arrayContaining(
        templates.flatMap((name) => [`${nameOf(name)}:build`, `${nameOf(name)}:boot-test`]),
      ),
    );
  });
});
