import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  indexOf,
  ociArchiveOf,
  randomImage,
  startMemoryRegistry,
  type MemoryRegistry,
} from '@nx-linuxkit/testing';
import { call } from '../../__tests__/call.js';

let folder: string;
let registry: MemoryRegistry;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-cache-'));
  registry = await startMemoryRegistry();
});
afterEach(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true });
});

const image = (seed: number, architecture = 'amd64') =>
  randomImage(seed, { platform: { os: 'linux', architecture } });
const blobs = () =>
  existsSync(join(folder, 'cache/blobs/sha256')) ? readdirSync(join(folder, 'cache/blobs/sha256')) : [];
const cache = (...args: string[]) => call(folder, ['cache', ...args]);

it('pull fetches all platforms or those that are named, and ls lists name and digest', async () => {
  const index = indexOf([await image(1), await image(2, 'arm64')]);
  registry.add('app', '1', index);
  const name = `${registry.host}/app:1`;
  expect(await cache('pull', '--platform', 'linux/arm64', name)).toMatchObject({ code: 0 });
  const part = blobs().length;
  await cache('pull', name);
  expect(blobs().length).toBeGreaterThan(part);
  expect((await cache('ls')).stdout).toBe(`${name} ${index.index.descriptor.digest}\n`);
});

it('import takes the named images of an archive, from a file and from standard input', async () => {
  const name = 'docker.io/test/app:1';
  const archive = join(folder, 'app.tar');
  const imported = await image(1);
  await ociArchiveOf([{ name, image: imported }], archive);
  expect(await cache('import', archive)).toMatchObject({ code: 0 });
  const { stdout } = await cache('ls');
  expect(stdout).toBe(`${name} ${imported.manifest.descriptor.digest}\n`);
  await cache('rm', name);
  expect(blobs()).toEqual([]);
  await call(folder, ['cache', 'import', '-'], readFileSync(archive));
  expect((await cache('ls')).stdout).toBe(stdout);
});

it('clean by age or size keeps what was used now, and images with a name', async () => {
  registry.add('app', '1', await image(1));
  await cache('pull', `${registry.host}/app:1`);
  const pulled = blobs();
  const stray = join(folder, 'cache/blobs/sha256', 'a'.repeat(64));
  writeFileSync(stray, 'stray');
  const longAgo = new Date('2001-01-01');
  for (const name of blobs()) utimesSync(join(folder, 'cache/blobs/sha256', name), longAgo, longAgo);
  expect((await cache('clean', '--older-than', '10000')).log).toContain('removed 0 files');
  expect((await cache('clean', '--larger-than', '0')).log).toContain('removed 1 files with 0.0 MB');
  expect(blobs()).toEqual(pulled);
  writeFileSync(stray, 'stray');
  expect((await cache('clean', '--larger-than', '0')).log).toContain('removed 0 files');
  expect((await cache('clean', '--older-than', '0')).log).toContain('removed 1 files');
  expect((await cache('clean', '--older-than', '1', '--published-only')).code).toBe(1);
});

it('clean by locks keeps what the locks of workspaces name, uncompressed layers among it', async () => {
  const [kept, gone] = [await image(1), await image(2)];
  for (const [tag, one] of [
    ['1', kept],
    ['2', gone],
  ] as const) {
    registry.add('app', tag, one);
    await cache('pull', `${registry.host}/app:${tag}`);
    await cache('export', '--format', 'filesystem', '--outfile', '-', `${registry.host}/app:${tag}`);
  }
  rmSync(join(folder, 'cache/names'), { recursive: true });
  const derived = () => readdirSync(join(folder, 'cache/derived'), { recursive: true }).map(String);
  const all = readdirSync(join(folder, 'cache'), { recursive: true, withFileTypes: true });
  const longAgo = new Date('2001-01-01');
  for (const entry of all)
    if (entry.isFile()) utimesSync(join(entry.parentPath, entry.name), longAgo, longAgo);
  mkdirSync(join(folder, 'workspace/apps/os'), { recursive: true });
  const lock = {
    lockfileVersion: 1,
    images: { app: { 'linux/amd64': { digest: kept.manifest.descriptor.digest } } },
  };
  writeFileSync(join(folder, 'workspace/apps/os/linuxkit.lock.json'), JSON.stringify(lock));

  expect((await cache('clean', '--keep-locks', join(folder, 'nowhere'))).code).toBe(1);
  expect((await cache('clean', '--keep-locks', join(folder, 'workspace'))).log).toMatch(/removed [1-9]/);
  const hex = ({ config, layers, manifest }: typeof kept) =>
    [config, manifest, ...layers].map(({ descriptor }) => descriptor.digest.slice('sha256:'.length));
  expect(blobs().sort()).toEqual(hex(kept).sort());
  expect(derived().some((path) => path.includes(hex(kept)[2]))).toBe(true);
  expect(derived().some((path) => path.includes(hex(gone)[2]))).toBe(false);
});

it('rm keeps blobs that another image has, and clean leaves nothing', async () => {
  const shared = await image(1);
  registry.add('one', '1', shared);
  registry.add('two', '1', shared);
  const names = ['one', 'two'].map((name) => `${registry.host}/${name}:1`);
  await cache('pull', ...names);
  const all = blobs();
  await cache('rm', names[0]);
  expect(blobs()).toEqual(all);
  await cache('rm', names[1]);
  expect(blobs()).toEqual([]);
  await cache('pull', ...names);
  await cache('clean');
  expect(readdirSync(join(folder, 'cache'))).toEqual([]);
});

it('with --published-only what the registry lacks stays', async () => {
  registry.add('known', '1', await image(1));
  await cache('pull', `${registry.host}/known:1`);
  const archive = join(folder, 'own.tar');
  await ociArchiveOf([{ name: `${registry.host}/own:1`, image: await image(2) }], archive);
  await cache('import', archive);
  await cache('clean', '--published-only');
  expect((await cache('ls')).stdout).toMatch(/^\S+\/own:1 sha256:\S+\n$/);
});

it('export pulls, and writes a file or standard output with nothing else in it', async () => {
  registry.add(
    'app',
    '1',
    await randomImage(1, { layers: [{ entries: [{ name: 'a/b', body: 'text of b' }] }] }),
  );
  const name = `${registry.host}/app:1`;
  const platform = ['--platform', 'linux/amd64'];
  const piped = await cache('export', ...platform, '--path', 'a/b', '--outfile', '-', name);
  expect([piped.code, piped.stdout]).toEqual([0, 'text of b']);
  await cache('export', ...platform, '--outfile', 'out/app.tar', name);
  expect(readFileSync(join(folder, 'out/app.tar'), 'latin1')).toContain('oci-layout');
  expect(readdirSync(join(folder, 'out'))).toEqual(['app.tar']);
});

it('a build and an export take what was imported, without a registry', async () => {
  const archive = join(folder, 'app.tar');
  const made = await randomImage(3, { layers: [{ entries: [{ name: 'etc/app', body: 'imported' }] }] });
  await ociArchiveOf([{ name: 'docker.io/test/app:1', image: made }], archive);
  await cache('import', archive);
  writeFileSync(join(folder, 'os.yml'), 'init: [test/app:1]\n');
  const built = await call(folder, ['build', '--arch', 'amd64', '-o', '-', 'os.yml']);
  expect(built).toMatchObject({ code: 0 });
  expect(built.stdout).toContain('imported');
  expect(built.log).toMatch(/^tar os: standard output \(/m);
  const { log } = await call(folder, ['build', '--arch', 'amd64', '--o', 'out/x.tar', 'os.yml']);
  expect(log).toMatch(/^tar os: out\/x\.tar \(/m);
});
