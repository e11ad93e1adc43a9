import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NX_VERSIONS, type NxVersion } from './workspace/template.js';
import { Workspace } from './workspace/workspace.js';

/** What a newcomer does with the packed packages: no registry, no Docker, no account. */

/** One for both versions of Nx: each fetches and compresses less. */
const store = mkdtempSync(join(tmpdir(), 'nx-linuxkit-first-os-'));
afterAll(() => rmSync(store, { recursive: true, force: true }));

/** What the console of a template shows once it has done what it is for; nginx answers HTTP besides. */
const SHOWN: Readonly<Record<string, string>> = {
  nginx: 'dhcpcd exited',
  minimal: 'Hello from minimal',
  redis: 'at /var/lib/redis',
  'docker-like': 'at /var/lib/containerd',
};

describe.each<[NxVersion, readonly string[]]>([
  ['current', Object.keys(SHOWN)],
  ['oldest', ['nginx']],
])('a first OS in a fresh workspace, Nx %s', (nx, templates) => {
  let workspace: Workspace;

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

  test.each(templates)('the generated %s builds and passes nx boot-test', async (template) => {
    const name = template === 'nginx' ? 'my-os' : template;
    // Without --template it is nginx.
    const choice = template === 'nginx' ? [] : [`--template=${template}`];
    await workspace.succeed('g', 'nx-linuxkit:os', name, ...choice);
    const locked = workspace.read(`${name}/linuxkit.lock.json`);
    workspace.commit();
    await workspace.succeed('build', name);
    await workspace.succeed('boot-test', name);
    const log = `.linuxkit/${name}/boot-test/kernel+initrd/console.log`;
    expect(workspace.read(log)).toContain(SHOWN[template]);
    expect(workspace.read(`${name}/linuxkit.lock.json`)).toBe(locked);
    expect(workspace.git('status', '--porcelain')).toBe('');
  });

  test('the second build and the second boot test run nothing', async () => {
    expect((await workspace.succeed('build', 'my-os')).executed).toEqual([]);
    expect((await workspace.succeed('boot-test', 'my-os')).executed).toEqual([]);
  });
});
