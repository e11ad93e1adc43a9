import { execFile } from 'node:child_process';
import { readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Digest } from '@nx-linuxkit/oci';
import { lockPackage, openArchive } from '@nx-linuxkit/debian';
import { startMirror, type FakeMirror } from '../packages/debian/src/__tests__/mirror.js';
import { outputFolder } from '../packages/stages/src/__tests__/poison.js';
import { TestWorkspace } from '../packages/stages/src/__tests__/test-workspace.js';

const PROGRAM = join(__dirname, '../packages/command/bin/nx-linuxkit.cjs');
const BUILD = 'image: tool\ncontents:\n  packages: [tool]\n';
const SYSTEM = "init: ['@pkg:./package']\n";

let workspace: TestWorkspace;
beforeEach(() => (workspace = new TestWorkspace()));
afterEach(() => workspace.remove());

describe('a package of .debs', () => {
  let mirror: FakeMirror;
  const build = () => workspace.build('os', SYSTEM, ['tar'], { debianMirror: mirror.url });
  const output = () => readdirSync(outputFolder(workspace.root, 'packages', 'image')).sort();
  const tar = () => readFileSync(workspace.output('os', 'tar', 'os.tar'));
  const remove = (...names: string[]) =>
    names.forEach((name) => rmSync(workspace.path(name), { recursive: true, force: true }));

  beforeEach(async () => {
    mirror = await startMirror();
    await mirror.publish({ tool: { files: { 'usr/bin/tool': 'the tool' } } });
    workspace.write('os/package/build.yml', BUILD);
    const { store } = workspace.environment();
    const archive = openArchive({ store, mirrors: [{ url: mirror.url, from: 'test' }], keys: mirror.keys });
    await lockPackage(workspace.path('os/package'), { store, archive });
  });
  afterEach(() => mirror.stop());

  it('has no layer among its outputs while a mirror has all of them', async () => {
    await build();
    expect(output()).toEqual(['config.json', 'manifest.json', 'packages.json', 'stage.json']);
    remove('.linuxkit');
    await build();
    expect(output()).toEqual(['config.json', 'manifest.json', 'packages.json', 'stage.json']);
  });

  it('keeps its layers once a mirror has dropped one, and needs neither store nor mirror then', async () => {
    await build();
    const first = tar();
    mirror.files.clear();
    remove('.linuxkit');
    await build();
    expect(output()).toContain('image.tar');
    remove('store', '.linuxkit/os', 'dist');
    await build();
    expect(tar().equals(first)).toBe(true);
  });

  it.each(['--older-than=0', '--larger-than=0', ''])(
    'cache clean %s leaves layers that no mirror can give again, and removes others',
    async (flags) => {
      await build();
      const { store } = workspace.environment();
      const manifest = JSON.parse(
        readFileSync(join(outputFolder(workspace.root, 'packages', 'image'), 'manifest.json'), 'utf8'),
      ) as { layers: { digest: Digest }[] };
      const [{ digest }] = manifest.layers;
      const clean = async () => {
        const path = store.blobPath(digest);
        if (await store.has(digest)) utimesSync(path, 1, 1);
        const env = { ...process.env, NX_LINUXKIT_DEBIAN_MIRROR: mirror.url };
        // The mirror runs in this process.
        await promisify(execFile)(
          process.execPath,
          [PROGRAM, 'cache', 'clean', '--cache', store.dir, ...(flags ? [flags] : [])],
          { env },
        );
        return store.has(digest);
      };
      const files = new Map(mirror.files);
      mirror.files.clear();
      expect(await clean()).toBe(true);
      for (const [path, bytes] of files) mirror.files.set(path, bytes);
      expect(await clean()).toBe(false);
    },
  );
});
