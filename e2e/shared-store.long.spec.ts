import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomImage, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { NpmWorkspace } from './migrate/npm-workspace.js';
import { packCommit, withVersion } from './migrate/tarballs.js';
import { currentTarballs, startEmptyNpmRegistry, type NpmRegistry } from './workspace/npm-registry.js';

/** The last commit whose initrd was an archive for each part. */
const OLD = '4c1c9f8';
const INITRD = 'dist/apps/one/kernel+initrd/one-initrd.img';
const TAR = 'dist/apps/one/tar/one.tar';

/** Two versions of the plugin, whose parts have other bytes, use one store in turn. */
describe('one store of two versions', () => {
  let npm: NpmRegistry;
  let images: MemoryRegistry;
  const folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-shared-store-'));
  const workspaces: NpmWorkspace[] = [];

  beforeAll(async () => {
    for (const name of ['old', 'new']) mkdirSync(join(folder, name));
    const old = await packCommit(OLD, join(folder, 'old'));
    npm = await startEmptyNpmRegistry();
    await npm.publish(old);
    await npm.publish(await withVersion(await currentTarballs(), '0.2.0', join(folder, 'new')));
    images = await startMemoryRegistry();
    const shared = { entries: [{ name: 'lib/libc.so', body: 'libc '.repeat(5000) }] };
    for (const name of ['init', 'runc']) {
      const own = [
        { name: `bin/${name}`, body: name.repeat(5000) },
        { name: 'etc/release', body: name },
      ];
      images.add(name, '1', await randomImage(1, { layers: [shared, { entries: own }] }));
    }
    for (const version of ['0.1.0', '0.2.0']) {
      const workspace = new NpmWorkspace(npm.url, join(folder, 'store'));
      workspaces.push(workspace);
      await workspace.install(filesOf(images.host), version);
    }
  }, 900_000);
  afterAll(async () => {
    for (const workspace of workspaces) workspace.remove();
    await images?.stop();
    await npm?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Builds out of the store alone, apart from what it lacks; gives the files. */
  async function build(workspace: NpmWorkspace): Promise<(Buffer | undefined)[]> {
    workspace.forget();
    const { code, output } = await workspace.nx('build', 'one');
    expect({ code, output }).toEqual({ code: 0, output });
    return [workspace.bytes(INITRD), workspace.bytes(TAR)];
  }

  it('each finds its own parts again, pulls nothing twice, and keeps its bytes', async () => {
    const [old, now] = workspaces;
    const first = [await build(old), await build(now)];
    for (const files of first) expect(files).not.toContain(undefined);
    expect(first[0][1]?.equals(first[1][1] as Buffer)).toBe(true);
    images.log.clear();
    const second = [await build(old), await build(now)];
    expect(second).toEqual(first);
    expect(images.log.requests.filter(({ path }) => path.includes('/blobs/'))).toEqual([]);
  }, 600_000);
});

function filesOf(host: string): Record<string, string> {
  const plugins = [{ plugin: 'nx-linuxkit' }];
  return {
    'nx.json': JSON.stringify({ analytics: false, plugins }),
    'package.json': JSON.stringify({ name: 'shared', private: true }),
    '.gitignore': 'node_modules\n.nx\n.linuxkit\ndist\n',
    'apps/one/linuxkit.yml': `init:
  - ${host}/init:1
  - ${host}/runc:1
files:
  - {path: etc/motd, contents: hello}
outputs:
  - format: kernel+initrd
  - format: tar
`,
  };
}
