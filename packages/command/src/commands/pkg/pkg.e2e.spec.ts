import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { call } from '../../__tests__/call.js';

let folder: string;
let registry: TestRegistry;
let organisation: string;
let tests = 0;
beforeAll(async () => (registry = await startRegistry()));
afterAll(() => registry.stop());
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-pkg-'));
  organisation = `${registry.host}/acme${(tests += 1)}`;
  write({
    'pkg/base/build.yml': `image: base\norg: ${organisation}\narches: [amd64, arm64]\n`,
    'pkg/base/Dockerfile': 'FROM scratch\nARG V=none\nCOPY a /\nLABEL v=$V\n',
    'pkg/base/a': '1',
    'pkg/app/build.yml': `image: app\norg: ${organisation}\narches: [amd64]\n`,
    'pkg/app/Dockerfile': `FROM ${organisation}/base:any\nCMD ["/a"]\n`,
    '.gitignore': 'cache\n',
  });
  shell('git init -q');
  commit();
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
const shell = (command: string) =>
  execFileSync('sh', ['-c', command], { cwd: folder, encoding: 'utf8' }).trim();
const commit = () =>
  shell('git add -A && git -c user.name=t -c user.email=t@localhost -c commit.gpgsign=false commit -q -m c');
const pkg = (...args: string[]) => call(folder, ['pkg', ...args]);
const tagOf = (name: string) => `${organisation}/${name}:${shell(`git rev-parse HEAD:pkg/${name}`)}`;
const imagesOfCache = async () => (await call(folder, ['cache', 'ls'])).stdout.trim().split('\n');
/** Pulls what the registry has under a name, as text of its index. */
async function pushed(reference: string): Promise<{ manifests: { platform: { architecture: string } }[] }> {
  const [name, tag] = [
    reference.slice(registry.host.length + 1, reference.lastIndexOf(':')),
    reference.split(':').at(-1),
  ];
  const answer = await fetch(`http://${registry.host}/v2/${name}/manifests/${tag}`, {
    headers: {
      accept: 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json',
    },
  });
  if (!answer.ok) throw new Error(`${reference}: ${answer.status}`);
  return (await answer.json()) as never;
}

it('show-tag prints a line for each package, with what the flags say', async () => {
  const show = async (...flags: string[]) => (await pkg('show-tag', ...flags, 'pkg/base', 'pkg/app')).stdout;
  expect(await show()).toBe(`${tagOf('base')}\n${tagOf('app')}\n`);
  expect(await show('--org', 'x', '--hash', 'h')).toBe('x/base:h\nx/app:h\n');
  expect(await show('--org=x', '--canonical', '--tag', 'v-{{.Hash}}', '--hash=1')).toBe(
    'docker.io/x/base:v-1\ndocker.io/x/app:v-1\n',
  );
  const above = shell('git rev-parse HEAD:pkg');
  expect(await show('--org=x', '--hash-path', 'pkg')).toBe(`x/base:${above}\nx/app:${above}\n`);
  expect(await show('--org=x', '--force-dirty')).toMatch(/^x\/base:[0-9a-f]{40}-dirty-[0-9a-f]{7}\n/);
  const before = shell('git rev-parse HEAD');
  write({ 'pkg/base/a': '2' });
  commit();
  expect(await show('--hash-commit', before)).toContain(shell(`git rev-parse ${before}:pkg/base`));
});

it('show-tag names any folder with a build.yml, as the tag depends on git alone', async () => {
  const show = async (...flags: string[]) => (await pkg('show-tag', ...flags, 'pkg/bare')).stdout.trim();
  write({
    'pkg/bare/build.yml':
      'org: x\nimage: bare\ndockerfile: missing\nbuildArgs: ["X_%=@lkt:pkgs:/nowhere/*"]\n',
    'pkg/bare/a': '1',
  });
  commit();
  const tag = `x/bare:${shell('git rev-parse HEAD:pkg/bare')}`;
  expect(await show()).toBe(tag);
  write({ 'pkg/bare/build.yml': 'org: x\nimage: bare\ntag: v1-{{.Hash}}\ncontents: {}\n' });
  expect(await show()).toMatch(/^x\/bare:v1-[0-9a-f]{40}-dirty-[0-9a-f]{7}$/);
  rmSync(join(folder, 'pkg/bare/build.yml'));
  write({ 'pkg/bare/build.yml': 'org: x\nimage: bare\n' });
  expect(await pkg('build', 'pkg/bare')).toMatchObject({
    code: 1,
    log: expect.stringContaining('bare/build.yml has nothing that an image can be made of'),
  });
  const outside = mkdtempSync(join(tmpdir(), 'no-git-'));
  writeFileSync(join(outside, 'build.yml'), 'org: x\nimage: bare\n');
  expect((await pkg('show-tag', outside)).stdout).toBe('x/bare:latest\n');
  rmSync(outside, { recursive: true });
});

it('processes that build a package for a platform each leave an index of all of them', async () => {
  const platforms = ['linux/amd64', 'linux/arm64', 'linux/riscv64'];
  write({ 'pkg/base/build.yml': `org: ${organisation}\nimage: base\narches: [amd64, arm64, riscv64]\n` });
  commit();
  const program = join(__dirname, '../../../bin/nx-linuxkit.cjs');
  for (const round of ['one', 'two']) {
    const builds = platforms.map((platform) =>
      promisify(execFile)(
        process.execPath,
        [program, 'pkg', 'build', '--tag', round, '--platforms', platform, 'pkg/base'],
        {
          cwd: folder,
          env: { ...process.env, LINUXKIT_CACHE: join(folder, 'cache') },
        },
      ),
    );
    await Promise.all(builds);
    const listed = (await pkg('push', '--tag', round, '--nobuild', 'pkg/base')).log;
    expect(listed).toContain('push ');
    const { manifests } = await pushed(tagOf('base').replace(/:[^:]*$/, `:${round}`));
    expect(manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64', 'riscv64']);
  }
});

it('build makes every platform, names the images in the cache, and a system finds them there', async () => {
  expect(await pkg('build', 'pkg/base', 'pkg/app')).toMatchObject({ code: 0 });
  expect((await imagesOfCache()).map((line) => line.split(' ')[0])).toEqual([tagOf('app'), tagOf('base')]);
  write({ 'os.yml': `init: ['${tagOf('base')}']\n` });
  const built = await call(folder, ['build', '--arch=arm64', '-o', '-', 'os.yml']);
  expect(built).toMatchObject({ code: 0 });
});

it('a package that has not changed is not built again, a change below builds what stands on it', async () => {
  await pkg('build', 'pkg/app');
  const before = await imagesOfCache();
  const again = await pkg('build', 'pkg/app');
  expect(again.log).not.toMatch(/^image /m);
  write({ 'pkg/base/a': '2' });
  expect((await pkg('build', 'pkg/app')).log).toMatch(/^image [^\n]*app/m);
  expect(await imagesOfCache()).not.toEqual(before);
  expect((await pkg('build', '--force', 'pkg/app')).log).toMatch(/^image [^\n]*app/m);
});

it('push sends the images, their architectures’ tags and the index, and a second push sends nothing', async () => {
  expect(await pkg('push', 'pkg/base')).toMatchObject({ code: 0 });
  const reference = tagOf('base');
  const index = await pushed(reference);
  expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
  expect(await pushed(`${reference}-arm64`)).toMatchObject({ config: expect.anything() });
  const again = await pkg('build', '--push', 'pkg/base');
  expect(again.log).toContain('is in the registry already');
});

it('a package that the registry has is not built, and --pull takes it into the cache', async () => {
  await pkg('push', 'pkg/base');
  rmSync(join(folder, 'cache'), { recursive: true });
  expect((await pkg('build', 'pkg/base')).log).toContain('is in the registry and is not built');
  expect(await imagesOfCache()).toEqual(['']);
  await pkg('build', '--pull', '--platforms', 'linux/arm64', 'pkg/base');
  expect((await imagesOfCache())[0]).toContain(tagOf('base'));
  expect((await pkg('build', '--platforms=linux/arm64', 'pkg/base')).log).toContain('is in the cache');
});

it('release gives a further tag, which stays once it is there', async () => {
  await pkg('push', '--release', 'v1', 'pkg/app');
  const name = tagOf('app').replace(/:[^:]*$/, ':v1');
  const first = await pushed(name);
  expect(first).toEqual(await pushed(tagOf('app')));
  write({ 'pkg/app/Dockerfile': `FROM ${organisation}/base:any\nCMD ["/b"]\n` });
  commit();
  expect((await pkg('push', '--release', 'v1', 'pkg/app')).log).toContain('stays as it is');
  expect(await pushed(name)).toEqual(first);
  shell('git tag v2');
  await pkg('push', '--force', 'pkg/app');
  expect(await pushed(name.replace('v1', 'v2'))).toEqual(await pushed(tagOf('app')));
});

it('an index is written of the tags of architectures, in place of one that lacks some', async () => {
  await pkg('push', '--platforms', 'linux/amd64', '--tag', 'x', 'pkg/base');
  const reference = tagOf('base').replace(/:[^:]*$/, ':x');
  await pkg('push', '--platforms', 'linux/arm64', '--tag', 'y', 'pkg/base');
  const arm = `${reference.slice(0, -1)}y-arm64`;
  expect(await pkg('remote-tag', arm, `${reference}-arm64`)).toMatchObject({ code: 0 });
  expect((await pushed(reference)).manifests).toHaveLength(1);
  expect(await pkg('index', '--tag', 'x', 'pkg/base')).toMatchObject({ code: 0 });
  expect((await pushed(reference)).manifests).toHaveLength(2);
  expect((await pkg('manifest', '--tag', 'x', 'pkg/base')).log).toContain('has all images');
  expect((await pkg('manifest', '--tag', 'z', 'pkg/base')).log).toContain(
    'has no image with the tag z-amd64',
  );
});

it('remote-tag copies into another repository', async () => {
  await pkg('push', 'pkg/base');
  const target = `${registry.host}/other/name:1`;
  expect(await pkg('remote-tag', tagOf('base'), target)).toMatchObject({ code: 0 });
  expect(await pushed(target)).toEqual(await pushed(tagOf('base')));
  expect((await pkg('remote-tag', tagOf('base'), target)).log).toContain('already');
});

it('files of build arguments, other Dockerfiles and other build files change the image and no file', async () => {
  write({
    'args/one': '\nV=1\n',
    'pkg/base/build-k.yml': `image: base-k\norg: ${organisation}\narches: [amd64]\ndockerfile: sub/D\n`,
    'pkg/base/sub/D': 'FROM scratch\nCOPY a /k\n',
  });
  commit();
  const digest = async (...flags: string[]) => {
    await pkg('build', '--hash', 'same', '--platforms=linux/amd64', ...flags, 'pkg/base');
    return (await imagesOfCache()).find((line) => line.includes('/base'));
  };
  const digests = [
    await digest(),
    await digest('--build-arg-file', 'args/one'),
    await digest('--dockerfile', 'sub/D'),
    await digest(),
  ];
  expect(new Set(digests.slice(0, 3)).size).toBe(3);
  expect(digests[3]).toBe(digests[0]);
  await digest('--build-yml=build-k.yml');
  expect(await imagesOfCache()).toContainEqual(expect.stringContaining('/base-k:same'));
  expect(shell('git status --porcelain')).toBe('');
});

it.each([
  ['no folder', ['build'], 'needs the folder of a package'],
  ['a folder without a build.yml', ['build', 'nowhere'], 'there is no build.yml in'],
  [
    'a platform of another form',
    ['build', '--platforms', 'arm64', 'pkg/base'],
    'expected OS/ARCH, got "arm64"',
  ],
  ['an old commit', ['build', '--hash-commit', 'HEAD~1', 'pkg/base'], 'only HEAD can be built'],
  ['--release without a push', ['build', '--release', 'v1', 'pkg/base'], '--release is for a push'],
  ['a push of what is not built', ['push', '--nobuild', 'pkg/base'], 'the cache has no image'],
  [
    'a Docker context',
    ['build', '--builders', 'linux/arm64=x', 'pkg/base'],
    'contexts of Docker are not read',
  ],
])('%s is refused', async (_, args, message) => {
  const run = await pkg(...args);
  expect([run.code, run.log]).toEqual([1, expect.stringContaining(message)]);
});

it('files that are not committed are built and not pushed', async () => {
  write({ 'pkg/base/new': 'x' });
  expect((await pkg('push', 'pkg/base')).log).toContain('files that are not committed');
  expect(await imagesOfCache()).toEqual(['']);
  expect(await pkg('build', 'pkg/base')).toMatchObject({ code: 0 });
  expect((await imagesOfCache())[0]).toMatch(/-dirty-[0-9a-f]{7} /);
});

it('images of depends.docker-images lie in the context as archives, and build arguments name packages below', async () => {
  await pkg('push', '--tag', '1', '--platforms', 'linux/amd64', 'pkg/base');
  const { manifests } = (await pushed(`${organisation}/base:1`)) as unknown as {
    manifests: { digest: string }[];
  };
  const image = `${organisation}/base:1@${manifests[0].digest}`;
  write({
    'pkg/all/build.yml': [
      `image: all\norg: ${organisation}\narches: [amd64]`,
      `depends: { docker-images: { list: ['${image}'], target-dir: saved/images } }`,
      'buildArgs: ["UNDER=@lkt:pkg:../base"]\n',
    ].join('\n'),
    'pkg/all/Dockerfile': 'ARG UNDER\nFROM $UNDER\nCOPY saved /saved\n',
    'pkg/all/saved/images/old.tar': 'left by another tool',
    'os.yml': `init: ['${organisation}/all:1']\n`,
  });
  commit();
  expect(await pkg('build', '--tag', '1', 'pkg/all')).toMatchObject({ code: 0 });
  const { stdout } = await call(folder, ['build', '--arch=amd64', '-o', '-', 'os.yml']);
  writeFileSync(join(folder, 'os.tar'), stdout, 'latin1');
  const name = `saved/images/base:1@${manifests[0].digest}.tar`;
  expect(shell('tar -tf os.tar 2>/dev/null | grep -E "^(saved/images/|a$)"').split('\n')).toEqual([
    'a',
    'saved/images/',
    name,
  ]);
  const listed = JSON.parse(
    shell(`tar -xOf os.tar '${name}' 2>/dev/null | tar -xOf - manifest.json`),
  ) as object[];
  expect(listed).toEqual([expect.objectContaining({ RepoTags: [`${organisation}/base:1`] })]);
});

it('skips platforms, and with --dry-run prints what it would build', async () => {
  const { stdout } = await pkg(
    'build',
    '--dry-run',
    '--skip-platforms',
    'linux/arm64',
    'pkg/base',
    'pkg/app',
  );
  expect(stdout).toBe(`build ${tagOf('base')} for linux/amd64\nbuild ${tagOf('app')} for linux/amd64\n`);
  expect(readFileSync(join(folder, 'pkg/base/a'), 'utf8')).toBe('1');
  expect(await imagesOfCache()).toEqual(['']);
});
