import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BUILDABLE, oldWorkspace, PRIVATE_HOSTS } from './migrate/old-workspace.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/**
 * A workspace as 0.1 left it, moved by what `nx migrate` runs. migrate.long.spec.ts has the whole of `nx migrate`, from a
 * registry, and `node e2e/migrate/from-commit.cjs` that from a build of 0.1.
 */
const PLUGIN = join(__dirname, '../packages/nx-linuxkit');
/** What `nx migrate` writes for us: the steps between the versions. */
const steps = () => {
  const { generators } = JSON.parse(readFileSync(join(PLUGIN, 'migrations.json'), 'utf8'));
  const migrations = Object.entries<object>(generators).map(([name, step]) => ({
    ...step,
    package: 'nx-linuxkit',
    name,
  }));
  return `${JSON.stringify({ migrations }, null, 2)}\n`;
};

let workspace: Workspace;
beforeAll(async () => {
  workspace = await Workspace.create({ env: IN_PROCESS });
  workspace.write({ ...(await oldWorkspace()), 'migrations.json': steps() });
  workspace.commit();
});
afterAll(() => workspace?.stop());

it('the steps change nx.json and scripts and nothing else, and every system builds', async () => {
  // npm would install from a registry, and look for a newer Nx there.
  const env = { NX_MIGRATE_SKIP_INSTALL: 'true', NX_MIGRATE_USE_LOCAL: 'true' };
  const migrated = await workspace.nxWith({ env }, 'migrate', '--run-migrations');
  expect({ code: migrated.code, output: migrated.output }).toMatchObject({ code: 0 });
  const { plugins } = JSON.parse(workspace.read('nx.json'));
  expect(plugins).toEqual([
    {
      plugin: 'nx-linuxkit',
      options: {
        insecure: ['old.lan:5000', ...PRIVATE_HOSTS],
        images: { 'team/': '192.168.7.7:5000/team/' },
      },
    },
  ]);
  const { scripts } = JSON.parse(workspace.read('package.json')) as { scripts: Record<string, string> };
  expect(scripts).toEqual({
    odd: "nx build '_odd' --verbose",
    'odd-tar': 'nx run "_odd:tar"',
    one: 'nx build one',
    extract: expect.stringMatching(/^nx run oci@init-[0-9a-f]{7}:extract-image$/),
    initramfs: 'nx run one@initramfs:initramfs',
    hostile: 'nx make-image "pkg@packages-50-a-b"',
    image: 'nx make-image pkg@packages-banner',
    context: 'nx docker-context one',
    ship: 'nx ship one',
  });
  const { targets } = JSON.parse(workspace.read('apps/one/project.json'));
  expect(targets).toEqual({
    'docker-context': { options: {} },
    ship: { executor: 'nx:noop', dependsOn: ['docker-context'] },
  });
  expect(migrated.output).toContain(
    'Change these by hand:\nci/build.sh:1: npx nx run one@initramfs:initramfs',
  );
  expect(workspace.git('status', '--porcelain').split('\n').filter(Boolean)).toEqual([
    ' M apps/one/project.json',
    ' M nx.json',
    ' M package.json',
  ]);
  await workspace.succeed('run-many', '-t', 'build', '-p', 'one,_odd,packaged,hostile');
  expect(Object.values(BUILDABLE).filter((path) => !workspace.exists(path))).toEqual([]);
  // Nx finds every node and target by its new name.
  for (const name of ['extract', 'initramfs', 'image', 'hostile', 'ship'])
    await workspace.succeed(...scripts[name].replaceAll('"', '').split(' ').slice(1));
  expect(workspace.exists('dist/apps/one/docker/one.docker')).toBe(true);
});
