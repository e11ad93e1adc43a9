import { cp, mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { openImageSource, parseReference, Store } from '@nx-linuxkit/oci';
import { TarIndexer } from '@nx-linuxkit/tree';
import { collect } from '../__tests__/bytes.js';
import { elfFile } from '../__tests__/elf-file.js';
import { startMirror } from '../__tests__/mirror.js';
import type { FakeMirror } from '../__tests__/mirror.js';
import { openArchive } from '../archive/archive.js';
import { Scratch } from '../contents/scratch.js';
import { gonePackages } from '../lock/gone-packages.js';
import { lockPackage } from '../lock/lock-package.js';
import { buildImage } from './build-image.js';

const BUILD = `
image: tool
config: {pid: host, capabilities: [CAP_CHOWN]}
contents:
  binaries: [{package: tool, paths: [/usr/bin/tool]}]
  packages: [data]
  files: [{path: /run.sh, source: run.sh}]
  entrypoint: [/run.sh]
  env: [A=b]
`;

const PACKAGES = {
  tool: {
    depends: 'libtool1',
    files: {
      'usr/bin/tool': elfFile({ needed: ['libtool.so.1'] }),
      'usr/share/doc/tool/copyright': 'licence '.repeat(99),
    },
  },
  libtool1: {
    depends: 'libdeep',
    files: {
      'usr/lib/x86_64-linux-gnu/libtool.so.1': elfFile({}),
      // Packages of one source share the folder of one of them.
      'usr/share/doc/libtool1': '-> tool',
    },
  },
  libdeep: { files: { 'usr/lib/deep': 'deep' } },
  data: { files: { 'usr/share/data': 'data', 'usr/share/doc/data/copyright': 'free' } },
};

describe('a package from lock to image', () => {
  let mirror: FakeMirror;
  let base: string;
  let folder: string;
  let store: Store;

  beforeAll(async () => {
    mirror = await startMirror();
  });
  afterAll(() => mirror.stop());
  beforeEach(async () => {
    await mirror.publish(PACKAGES);
    base = await mkdtemp(join(tmpdir(), 'image-'));
    folder = join(base, 'tool');
    await mkdir(folder);
    await writeFile(join(folder, 'build.yml'), BUILD);
    await writeFile(join(folder, 'run.sh'), '#!/bin/sh\n');
    store = Store.open(join(base, 'store'));
  });
  afterEach(() => rm(base, { recursive: true }));

  const mirrors = () => [{ url: mirror.url, from: 'test' }];
  const lock = () =>
    lockPackage(folder, { store, archive: openArchive({ store, mirrors: mirrors(), keys: mirror.keys }) });
  const build = (
    options: { from?: string; output?: string; store?: Store; relock?: string; records?: boolean } = {},
  ) =>
    buildImage(options.from ?? folder, {
      architecture: 'amd64',
      output: options.output ?? join(base, 'image.tar'),
      store: options.store ?? store,
      mirrors: mirrors(),
      relock: options.relock,
      records: options.records,
    });
  /** The files of the only layer of an image, by path. */
  const filesOf = async (path: string): Promise<Record<string, Buffer>> => {
    const source = await openImageSource(parseReference(`oci-archive:${path}`), {});
    const { manifest } = await source.resolve({ os: 'linux', architecture: 'amd64' });
    const layer = gunzipSync(await collect(source.blob(JSON.parse(manifest.toString()).layers[0])));
    await source.close();
    const indexer = new TarIndexer();
    indexer.write(layer);
    const entries = indexer.end();
    const files = Object.fromEntries(
      entries
        .filter(({ type }) => type === 'file')
        .map((entry) => [entry.path, layer.subarray(entry.offset, entry.offset + entry.size)]),
    );
    const links = entries.filter(({ type }) => type === 'hardlink');
    return { ...files, ...Object.fromEntries(links.map(({ path, target = '' }) => [path, files[target]])) };
  };

  test('the lock pins the packages that hold the wanted files, and no others', async () => {
    const { architectures } = await lock();
    const packages = architectures.amd64!.packages;
    expect(Object.entries(packages).map(([name, { why, whole }]) => [name, why, whole])).toEqual([
      ['data', 'named in build.yml', true],
      ['libtool1', 'needed by tool: libtool1', undefined],
      ['tool', 'named in build.yml', undefined],
    ]);
    expect(mirror.requests.some((path) => path.includes('libdeep'))).toBe(false);
  });

  test('the image is published while mirrors have every .deb that it is made of', async () => {
    await lock();
    const { isPublished } = await build();
    expect(await isPublished()).toBe(true);
    const pool = [...mirror.files].filter(([path]) => path.includes('libtool1'));
    pool.forEach(([path]) => mirror.files.delete(path));
    expect(await isPublished()).toBe(false);
  });

  test('no image is published where no mirror answers', async () => {
    await lock();
    await build();
    const { isPublished } = await buildImage(folder, {
      ...{ architecture: 'amd64', output: join(base, 'image.tar'), store },
      mirrors: [{ url: 'http://127.0.0.1:9/debian', from: 'test' }],
    });
    expect(await isPublished()).toBe(false);
  });

  test('the image can be read as an OCI archive', async () => {
    await lock();
    const { digest, path } = await build();
    const source = await openImageSource(parseReference(`oci-archive:${path}`), {});
    const resolved = await source.resolve({ os: 'linux', architecture: 'amd64' });
    expect(resolved.digest).toBe(digest);
    const manifest = JSON.parse(resolved.manifest.toString());
    const config = JSON.parse((await collect(source.blob(manifest.config))).toString());
    expect(config).toMatchObject({
      architecture: 'amd64',
      config: {
        Entrypoint: ['/run.sh'],
        Env: ['A=b'],
        Labels: { 'org.mobyproject.config': '{"capabilities":["CAP_CHOWN"],"pid":"host"}' },
      },
    });
    const indexer = new TarIndexer();
    indexer.write(gunzipSync(await collect(source.blob(manifest.layers[0]))));
    const entries = indexer.end();
    await source.close();
    expect(entries.filter(({ type }) => type === 'file').map((entry) => entry.path)).toEqual([
      'run.sh',
      'usr/bin/tool',
      'usr/lib/x86_64-linux-gnu/libtool.so.1',
      'usr/share/data',
      'usr/share/doc/data/copyright',
      'usr/share/doc/libtool1/copyright.gz',
      'var/lib/dpkg/status.d/data',
      'var/lib/dpkg/status.d/libtool1',
      'var/lib/dpkg/status.d/tool',
    ]);
    expect(Math.max(...entries.map(({ mtime }) => mtime))).toBeLessThanOrEqual(1492533000);
  });

  test('the image has the record of each package without its long description, and its copyright', async () => {
    await lock();
    const files = await filesOf((await build()).path);
    const record = files['var/lib/dpkg/status.d/libtool1'].toString();
    expect(record).toBe('Package: libtool1\nVersion: 1.0-1\nDescription: libtool1 in short\nHomepage: x\n');
    const copyright = 'licence '.repeat(99);
    for (const name of ['tool', 'libtool1'])
      expect(gunzipSync(files[`usr/share/doc/${name}/copyright.gz`]).toString()).toBe(copyright);
    // Both packages have the one text.
    expect(files['usr/share/doc/tool/copyright.gz']).toBe(files['usr/share/doc/libtool1/copyright.gz']);
  });

  test('each file is listed under its package, under other names and in archives too, and one that build.yml replaces is not', async () => {
    await writeFile(
      join(folder, 'build.yml'),
      `image: tool
contents:
  binaries: [{package: tool, paths: [/usr/bin/tool]}]
  packages: [data]
  files:
    - {path: /opt/renamed, package: tool, from: /usr/bin/tool}
    - {path: /usr/share/data, contents: other}
  archives: [{path: /packed.tar, from: [/usr/lib/**]}]
`,
    );
    await lock();
    const { packages } = await build({ records: false });
    expect(packages).toEqual([
      { name: 'data', version: '1.0-1', files: ['usr/share/doc/data/copyright'] },
      { name: 'libtool1', version: '1.0-1', files: ['usr/lib/x86_64-linux-gnu/libtool.so.1'] },
      { name: 'tool', version: '1.0-1', files: ['opt/renamed', 'usr/bin/tool'] },
    ]);
  });

  test('records are left out on request, and where build.yml excludes their paths', async () => {
    await lock();
    const isRecord = (path: string) => /copyright\.gz|status\.d/.test(path);
    expect(Object.keys(await filesOf((await build({ records: false })).path)).filter(isRecord)).toEqual([]);
    const exclude = '  exclude: [/usr/share/doc/**, /var/lib/dpkg/**]\n';
    await writeFile(join(folder, 'build.yml'), BUILD + exclude);
    expect(Object.keys(await filesOf((await build()).path)).filter(isRecord)).toEqual([]);
  });

  test('the image has the same bytes from an empty store and another folder', async () => {
    await lock();
    const first = await build();
    const elsewhere = join(base, 'a', 'longer', 'path');
    await cp(folder, elsewhere, { recursive: true });
    const second = await build({
      from: elsewhere,
      output: join(base, 'second.tar'),
      store: Store.open(join(base, 'store2')),
    });
    expect(await readFile(second.path)).toEqual(await readFile(first.path));
  });

  test('a full store needs no mirror', async () => {
    await lock();
    await build();
    mirror.requests.length = 0;
    await build();
    expect(mirror.requests).toEqual([]);
  });

  test('a pinned version that no mirror has any more is an error with its name and a hint', async () => {
    await lock();
    await mirror.publish({ ...PACKAGES, libtool1: { ...PACKAGES.libtool1, version: '2.0-1' } });
    const made = jest.spyOn(Scratch, 'make');
    await expect(build({ store: Store.open(join(base, 'empty')) })).rejects.toMatchObject({
      code: 'version-gone',
      message: 'no mirror has libtool1 1.0-1 any more',
      hint: expect.stringContaining('Lock the package again.'),
    });
    // A scratch folder is made only once all .debs are there.
    expect(made).not.toHaveBeenCalled();
    made.mockRestore();
  });

  test('pinned packages that no mirror has any more are found without downloading any', async () => {
    await lock();
    const gone = () => gonePackages([folder], { store, mirrors: mirrors() });
    mirror.requests.length = 0;
    expect(await gone()).toEqual([]);
    expect(mirror.requests).toHaveLength(3);
    await mirror.publish({ ...PACKAGES, libtool1: { ...PACKAGES.libtool1, version: '2.0-1' } });
    expect(await gone()).toEqual(['libtool1 1.0-1']);
  });

  test('a .deb with other bytes than the pinned ones is refused', async () => {
    await lock();
    const path = [...mirror.files.keys()].find((name) => name.includes('libtool1'))!;
    const bytes = Buffer.from(mirror.files.get(path)!);
    bytes[bytes.length - 1] ^= 1;
    mirror.files.set(path, bytes);
    await expect(build({ store: Store.open(join(base, 'empty')) })).rejects.toThrow(/sha256|digest/);
  });

  test('an index with other bytes than the signed Release lists is refused', async () => {
    const path = 'dists/bookworm/main/binary-amd64/Packages.gz';
    mirror.files.set(path, Buffer.concat([mirror.files.get(path)!, Buffer.alloc(4)]));
    await expect(lock()).rejects.toThrow(/sha256|digest/);
  });

  test('an archive that is not signed by the given keys is refused', async () => {
    const archive = openArchive({ store, mirrors: mirrors() });
    await expect(lockPackage(folder, { store, archive })).rejects.toMatchObject({ code: 'bad-signature' });
  });

  test('without a lock, with a stale one, and for a package that is gone the error has the hint of the caller', async () => {
    const relock = 'Run "nx lock pkg@images-tool".';
    await expect(build({ relock })).rejects.toMatchObject({ code: 'bad-lock', hint: relock });
    await lock();
    await mirror.publish({});
    const empty = Store.open(join(base, 'empty'));
    await expect(build({ relock, store: empty })).rejects.toMatchObject({
      code: 'version-gone',
      hint: expect.stringContaining(relock),
    });
    await writeFile(join(folder, 'build.yml'), BUILD.replace('packages: [data]', 'packages: []'));
    await expect(build({ relock })).rejects.toMatchObject({ code: 'stale-lock', hint: relock });
  });

  test('packages outside of main are taken once build.yml names their component', async () => {
    const blob = { component: 'non-free-firmware', files: { 'lib/firmware/blob': 'blob' } };
    await mirror.publish({ ...PACKAGES, blob });
    const contents = 'binaries: [{package: blob, paths: [/lib/firmware/**]}]';
    await writeFile(join(folder, 'build.yml'), `image: tool\ncontents: {${contents}}\n`);
    await expect(lock()).rejects.toMatchObject({ code: 'unknown-package' });
    const components = 'components: [main, non-free-firmware]';
    await writeFile(join(folder, 'build.yml'), `image: tool\ncontents: {${components}, ${contents}}\n`);
    await lock();
    expect((await filesOf((await build()).path))['lib/firmware/blob'].toString()).toBe('blob');
    // Without the component the same selection is another one.
    await writeFile(join(folder, 'build.yml'), `image: tool\ncontents: {${contents}}\n`);
    await expect(build()).rejects.toMatchObject({ code: 'stale-lock' });
  });

  test('packages with equal bytes are built at the same time, each into an archive of its own', async () => {
    const names = ['one', 'two', 'three', 'four'];
    const archives = await Promise.all(
      names.map(async (name) => {
        const place = join(base, name);
        await mkdir(place);
        await writeFile(join(place, `${name}.txt`), 'equal\n');
        const files = `contents: {files: [{path: /out, source: ${name}.txt}]}`;
        await writeFile(join(place, 'build.yml'), `image: a\narches: [amd64]\n${files}\n`);
        const output = join(base, `${name}.oci.tar`);
        await build({ from: place, output });
        return readFile(output);
      }),
    );
    for (const archive of archives) expect(archive.equals(archives[0])).toBe(true);
    expect((await readdir(base)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  test('a package of files alone needs no lock, and locking it writes none', async () => {
    const files = 'image: tool\ncontents: {files: [{path: /run.sh, source: run.sh}]}\n';
    const asked = mirror.requests.length;
    await writeFile(join(folder, 'build.yml'), files);
    await lock();
    expect(await readdir(folder)).not.toContain('build.lock.json');
    const { digest } = await build();
    await writeFile(
      join(folder, 'build.lock.json'),
      '{"lockfileVersion":1,"suite":"bookworm","architectures":{}}',
    );
    expect((await build()).digest).toBe(digest);
    await lock();
    expect(
      JSON.parse(await readFile(join(folder, 'build.lock.json'), 'utf8')).architectures.amd64.packages,
    ).toEqual({});
    expect(mirror.requests.slice(asked)).toEqual([]);
  });

  test('the second mirror is asked for files that the first one lacks', async () => {
    await lock();
    const other = await startMirror();
    try {
      const both = [{ url: other.url, from: 'test' }, ...mirrors()];
      const output = join(base, 'both.tar');
      await buildImage(folder, {
        architecture: 'amd64',
        output,
        store: Store.open(join(base, 'empty')),
        mirrors: both,
      });
      expect(other.requests.length).toBeGreaterThan(0);
    } finally {
      await other.stop();
    }
  });
});
