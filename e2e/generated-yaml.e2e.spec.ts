import { pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { smallYaml } from './graph/system-yaml.js';
import { sampleOf, WHOLE } from './sample.js';
import { IN_PROCESS, Workspace, type WorkspaceOptions } from './workspace/workspace.js';

const TAG = '0123456789abcdef';
const FILE = 'images/out/rootfs-kvm.yml';
const MODES: readonly (readonly [string, WorkspaceOptions])[] = [
  ['without a daemon', { env: IN_PROCESS }],
  ['with the daemon', { daemon: true }],
  ['with the oldest Nx and its daemon', { nx: 'oldest', daemon: true }],
];

/** A makefile writes a YAML into a folder that git ignores, and names images by tags that are content hashes. */
describe.each(sampleOf(MODES, ([, { nx }]) => nx === undefined))('in CI, %s', (_, options) => {
  let registry: TestRegistry;
  let workspace: Workspace;
  const tar = () => workspace.bytes('dist/images/out/rootfs-kvm/tar/rootfs-kvm.tar').toString('latin1');
  const isCached = options.daemon !== true;

  beforeAll(async () => {
    registry = await startRegistry();
    await pushTo(registry, await systemImage('init'), `init:${TAG}`);
    workspace = await Workspace.create({
      ...options,
      env: { CI: 'true', ...options.env },
      plugin: { include: ['images/out/*.yml'], immutable: [`${registry.host}/*:*`] },
      files: {
        'images/rootfs.yml.in': '',
        'apps/env/linuxkit.yml': `variables:
  COMMIT: {default: dev, env: true}
init:
  - ${registry.host}/init:${TAG}
files:
  - {path: etc/commit, contents: "commit=\${COMMIT}"}
outputs:
  - format: tar
`,
        '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\nimages/out\n',
      },
    });
    workspace.write({
      [FILE]: smallYaml(`${registry.host}/init:${TAG}`, {
        more: 'files:\n  - {path: etc/a, contents: none}\n',
      }),
    });
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it('the second run of a build has the graph, and no lock is written', async () => {
    await workspace.succeed('build', 'env');
    registry.log.clear();
    const second = await workspace.succeed('build', 'env');
    // A daemon does not see git-ignored files, and infers again after the next change that it sees.
    if (isCached) {
      expect(second.executed).toContain('env:tar');
      expect((await workspace.succeed('build', 'env')).ran).toEqual([]);
    }
    expect(registry.log.requests.filter(({ path }) => path.includes(TAG))).toEqual([]);
    expect(workspace.git('status', '--porcelain')).toBe('');
  });

  it('the environment decides a value, and each version of the generated YAML is built', async () => {
    // The runs above had the default, to which the second value goes back.
    for (const [COMMIT, version] of [
      ['one', 'first'],
      ['dev', 'second'],
    ]) {
      workspace.edit(FILE, (text) => text.replace(/contents: .*?}/, `contents: ${version} version}`));
      const run = await workspace.nxWith(
        { env: { COMMIT } },
        ...['run-many', '-t', 'build', '-p', 'env,rootfs-kvm'],
      );
      expect([run.code, run.output]).toEqual([0, expect.any(String)]);
      expect(workspace.bytes('dist/apps/env/tar/env.tar').toString('latin1')).toContain(`commit=${COMMIT}`);
      expect(tar()).toContain(`${version} version`);
      expect(run.output.includes(`not cached: ${FILE} is git-ignored`)).toBe(!isCached);
    }
  });

  // No daemon has a part in these two.
  if (isCached || WHOLE) {
    it('the outputs of stages may be removed at any time', async () => {
      workspace.remove('.linuxkit', 'dist');
      await workspace.succeed('build', 'env');
      expect(workspace.bytes('dist/apps/env/tar/env.tar').toString('latin1')).toContain('commit=dev');
    });

    it('a tag that may move still needs a lock, and the error says what to do', async () => {
      workspace.write({ 'apps/moving/linuxkit.yml': smallYaml('other.example/app:latest') });
      const run = await workspace.nx('build', 'moving');
      workspace.remove('apps/moving');
      expect(run.code).not.toBe(0);
      expect(run.output).toContain(
        'linuxkit.lock.json does not pin other.example/app:latest for linux/amd64',
      );
      expect(run.output).toContain('nx lock moving');
    });
  }
});
