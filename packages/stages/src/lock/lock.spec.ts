import { existsSync, readFileSync, rmSync } from 'node:fs';
import { randomImage, startMemoryRegistry, type MemoryRegistry, type TestImage } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { build, identify, lock, parseOsFile, type OsFile, type Settings } from '../index.js';

const FILE = 'os/linuxkit.yml';
const LOCK = 'os/linuxkit.lock.json';
const RESOLVED = '.linuxkit/resolved/os/linuxkit.lock.json';

let workspace: TestWorkspace;
let registries: MemoryRegistry[];
let image: TestImage;

beforeAll(async () => {
  image = await randomImage(1, { layers: [{ entries: [{ name: 'etc/app', body: 'app' }] }] });
  registries = [await startMemoryRegistry(), await startMemoryRegistry()];
  registries[0].add('app', '0123', image);
  registries[1].add('other', '1', image);
});
afterAll(() => Promise.all(registries.map((registry) => registry.stop())));
beforeEach(() => (workspace = new TestWorkspace()));
afterEach(() => workspace.remove());

const lockIt = async (yaml: string, settings: Settings = {}) => {
  workspace.write(FILE, yaml);
  const lines: string[] = [];
  await lock(workspace.environment(settings), { file: FILE }, (line) => lines.push(line));
  return lines;
};
const buildIt = async (yaml: string, settings: Settings, frozen = true) => {
  workspace.write(FILE, yaml);
  const os = identify(parseOsFile(FILE) as OsFile, 'os');
  const lines: string[] = [];
  const request = { os, formats: ['tar'], frozen, lockCommand: 'nx lock os' };
  await build(workspace.environment(settings), request, (line) => lines.push(line));
  return lines;
};
const pinned = (file: string) => Object.keys(JSON.parse(readFileSync(workspace.path(file), 'utf8')).images);
const init = (reference: string) => `init:\n  - ${reference}\n`;

describe('a frozen build of references without a lock entry', () => {
  const tag = () => `${registries[0].host}/app:0123`;
  const immutable = () => ({ immutable: [`${registries[0].host}/*:*`] });

  it('by a tag that may move is refused, and says where and what to do', async () =>
    expect(buildIt(init(tag()), {})).rejects.toMatchObject({
      code: 'not-locked',
      where: { file: FILE },
      hint: expect.stringMatching(/nx lock os.*option `immutable`/),
    }));

  it('by digest builds, writes no lock, and is resolved once', async () => {
    const yaml = init(`${registries[0].host}/app@${image.manifest.descriptor.digest}`);
    expect((await buildIt(yaml, {})).filter((line) => line.startsWith('lock '))).toHaveLength(1);
    expect(existsSync(workspace.path(LOCK))).toBe(false);
    expect((await buildIt(yaml, {})).filter((line) => line.startsWith('lock '))).toEqual([]);
    expect((await workspace.tar('os')).get('etc/app')).toBeDefined();
  });

  it('by a content tag does the same, frozen or not', async () => {
    await buildIt(init(tag()), immutable());
    expect(pinned(RESOLVED)).toEqual([tag()]);
    rmSync(workspace.path('.linuxkit'), { recursive: true });
    await buildIt(init(tag()), immutable(), false);
    expect([existsSync(workspace.path(LOCK)), pinned(RESOLVED)]).toEqual([false, [tag()]]);
  });

  it('beside one that is not: nothing is resolved', async () => {
    const yaml = `${init(tag())}  - ${registries[1].host}/other:1\n`;
    await expect(buildIt(yaml, immutable())).rejects.toMatchObject({
      message: expect.stringMatching(/^os\/linuxkit\.lock\.json does not pin [^,]*other:1 for/),
    });
    expect(existsSync(workspace.path(RESOLVED))).toBe(false);
  });

  it('no longer named: its digest is dropped', async () => {
    const digest = `${registries[0].host}/app@${image.manifest.descriptor.digest}`;
    await buildIt(init(tag()), immutable());
    await buildIt(init(digest), immutable());
    expect(pinned(RESOLVED)).toEqual([digest]);
  });

  it('nx lock leaves content tags out of the lock', async () => {
    await lockIt(`${init(tag())}  - ${registries[1].host}/other:1\n`, immutable());
    expect(pinned(LOCK)).toEqual([`${registries[1].host}/other:1`]);
    expect(pinned(RESOLVED)).toEqual([tag()]);
  });
});

describe('the option images', () => {
  it('nx lock says in one line where the images come from', async () => {
    workspace.write('pkg/init/build.yml', 'image: init\ncontents: {}\n');
    const [one] = registries;
    const lines = await lockIt(init('lk/init:1') + '  - lk/app:0123\n', {
      images: { 'lk/': ['@pkg:pkg/', `${one.host}/`] },
    });
    expect(lines.filter((line) => line.startsWith(`lock ${FILE}`))).toEqual([
      `lock ${FILE}: @pkg:pkg has init; ${one.host} has app`,
    ]);
    expect(pinned(LOCK)).toEqual(['lk/app:0123']);
  });

  it('a list of registries is asked in order, and the lock says which one has the image', async () => {
    const [one, two] = registries;
    const settings = { images: { 'lk/': [`${one.host}/`, `${two.host}/`] } };
    await lockIt(init('lk/other:1') + '  - lk/app:0123\n', settings);
    const { images } = JSON.parse(readFileSync(workspace.path(LOCK), 'utf8'));
    expect(images['lk/other:1']['linux/amd64'].from).toBe(`${two.host}/other:1`);
    expect(images['lk/app:0123']['linux/amd64'].from).toBeUndefined();
    await buildIt(init('lk/other:1'), settings);
    expect((await workspace.tar('os')).get('etc/app')).toBeDefined();
  });

  it('an image that no registry of the list has is an error at its place', async () => {
    const [one, two] = registries;
    await expect(
      lockIt(init('lk/gone:1'), { images: { 'lk/': [`${one.host}/`, `${two.host}/`] } }),
    ).rejects.toMatchObject({ code: 'not-found', where: { file: FILE, line: 2 } });
  });
});

describe('a tag of LinuxKit’s whose package in the workspace has other files', () => {
  const old = '0'.repeat(40);
  const packageFiles = () => {
    workspace.write('pkg/app/build.yml', `image: app\norg: ${registries[0].host}\n`);
    workspace.write('pkg/app/Dockerfile', 'FROM scratch\n');
  };

  it('is locked as it was published, with a remark', async () => {
    packageFiles();
    registries[0].add('app', old, image);
    const lines = await lockIt(init(`${registries[0].host}/app:${old}`));
    expect(lines).toEqual([
      expect.stringMatching(/, published: the files of pkg\/app have the tag [0-9a-f]{40} now, /),
    ]);
    expect(pinned(LOCK)).toEqual([`${registries[0].host}/app:${old}`]);
  });

  it('is an error at its place with the tag to write, if it was not published', async () => {
    packageFiles();
    const gone = `${registries[0].host}/app:${'1'.repeat(40)}`;
    await expect(lockIt(init(gone))).rejects.toMatchObject({
      code: 'not-found',
      where: { file: FILE, line: 2 },
      hint: expect.stringMatching(
        /pkg\/app have another tag now: write [^ ]*\/app:[0-9a-f]{40} to build it here/,
      ),
    });
  });
});

describe('the variants of a file', () => {
  it('share one lock, which has what each of them names', async () => {
    const [one, two] = registries;
    await lockIt(
      `variables: {IMAGE: "${one.host}/app:0123"}\nvariants: {b: {IMAGE: "${two.host}/other:1"}}\n${init('${IMAGE}')}`,
    );
    expect(pinned(LOCK).sort()).toEqual([`${one.host}/app:0123`, `${two.host}/other:1`].sort());
  });
});
