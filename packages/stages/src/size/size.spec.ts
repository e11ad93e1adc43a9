import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { identify, parseOsFile, type OsFile } from '../plan/index.js';
import { checkBudget, compareSizes, readBudget, sizeLines, systemSize, type SystemSize } from './index.js';

const LARGE = 'x'.repeat(50_000);
const YAML = (contents: string) => `init: [test/init]
services: [{name: web, image: test/web}, {name: twin, image: test/web}]
files: [{path: etc/motd, contents: "${contents}"}]
`;

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await workspace.image('init', [
    [
      { name: 'sbin/init', body: LARGE },
      { name: 'etc/small', body: 'small' },
    ],
  ]);
  await workspace.image('web', [
    [
      { name: 'bin/web', body: LARGE },
      { name: 'bin/twin', type: 'link', linkname: 'bin/web' },
      { name: 'lib/other', body: 'y'.repeat(50_000) },
    ],
  ]);
});
afterAll(() => workspace.remove());

async function sizeOf(contents: string): Promise<SystemSize> {
  workspace.write('os/linuxkit.yml', YAML(contents));
  await workspace.buildAgain('os', ['kernel+initrd', 'tar']);
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os', {});
  return systemSize(workspace.environment({}), os, () => undefined);
}

it('the sizes of images add up to the initrd and to its files', async () => {
  const { packed, unpacked, remade, images, files } = await sizeOf('hello');
  expect(packed).toBe(statSync(workspace.output('os', 'kernel+initrd', 'os-initrd.img')).size);
  expect(images.map(({ image }) => image).sort()).toEqual([
    'docker.io/test/init',
    'docker.io/test/web',
    'os/linuxkit.yml',
  ]);
  for (const [sum, key] of [
    [packed - remade, 'packed'],
    [unpacked, 'unpacked'],
    [files.length, 'files'],
  ] as const) {
    expect(images.reduce((total, image) => total + image[key], 0)).toBe(sum);
  }
});

it('a hard link counts once, and files with the same bytes are copies', async () => {
  const { files, copies } = await sizeOf('hello');
  const web = 'containers/services/web/lower';
  const paths = files.filter(({ size }) => size === 50_000).map(({ path }) => path);
  expect(paths.filter((path) => path.includes('bin/'))).toHaveLength(2);
  expect(copies).toEqual([{ size: 50_000, paths: expect.arrayContaining(['sbin/init']) }]);
  expect(copies[0].paths).toHaveLength(2);
  expect(paths.some((path) => path.startsWith(web) || path.includes('web'))).toBe(true);
});

it('what was made again where images overlap is of no image alone', async () => {
  await workspace.image('over', [
    [
      { name: 'sbin/init', body: 'z'.repeat(9000) },
      { name: 'etc/over', body: 'over' },
    ],
  ]);
  const yaml = `init: [test/init, test/over]\nservices: [{name: web, image: test/web}]\n`;
  workspace.write('over/linuxkit.yml', yaml);
  await workspace.buildAgain('over', ['kernel+initrd']);
  const os = identify(parseOsFile('over/linuxkit.yml') as OsFile, 'over', {});
  const size = await systemSize(workspace.environment({}), os, () => undefined);
  expect(size.remade).toBeGreaterThan(0);
  expect(size.images.reduce((sum, { packed }) => sum + packed, size.remade)).toBe(size.packed);
  expect(sizeLines(size)).toContainEqual(expect.stringMatching(/^made again where images overlap: \d+ B$/));
});

it.each([
  ['gzip', 8 << 10],
  ['zstd', 128 << 10],
  ['none', 0],
] as const)(
  'what files take of an initrd of %s is measured but for %d bytes, and adds up to nearly all of it',
  async (compressor, step) => {
    const noise = randomBytes(150_000).toString('latin1');
    await workspace.image('noise', [
      [
        { name: 'etc/noise', body: Buffer.from(noise, 'latin1') },
        { name: 'etc/zeros', body: Buffer.alloc(900_000) },
        { name: 'etc/twin', type: 'link', linkname: 'etc/zeros' },
      ],
    ]);
    workspace.write('noise/linuxkit.yml', 'init: [test/noise]\n');
    await workspace.buildAgain('noise', ['kernel+initrd'], { compressor });
    const os = identify(parseOsFile('noise/linuxkit.yml') as OsFile, 'noise', {});
    const { packed, files } = await systemSize(workspace.environment({ compressor }), os, () => undefined);
    const of = (name: string) => files.find(({ path }) => path.endsWith(name))?.packed ?? -1;
    expect(of('etc/noise')).toBeGreaterThanOrEqual(150_000 - step);
    expect(of('etc/noise')).toBeLessThan(155_000 + step);
    if (compressor === 'none') expect(of('etc/twin')).toBeGreaterThan(900_000);
    else expect(of('etc/twin')).toBeLessThan(5_000 + step);
    const sum = files.reduce((total, file) => total + file.packed, 0);
    expect(sum).toBeLessThanOrEqual(packed);
    expect(sum).toBeGreaterThan(0.9 * packed);
  },
);

it('packages have their files, by records and by what stages know of the images that they made', async () => {
  await workspace.image('apk', [
    [
      { name: 'bin/tool', body: LARGE },
      { name: 'lib/apk/db/installed', body: 'P:tool\nV:1.2-r0\nF:bin\nR:tool\n\nP:empty\nV:1\n\n' },
    ],
  ]);
  workspace.write('apk/linuxkit.yml', 'init: [test/init]\nservices: [{name: web, image: test/apk}]\n');
  await workspace.buildAgain('apk', ['kernel+initrd']);
  const os = identify(parseOsFile('apk/linuxkit.yml') as OsFile, 'apk', {});
  const size = await systemSize(workspace.environment({}), os, () => undefined);
  expect(size.packages).toEqual([
    expect.objectContaining({ name: 'tool', version: '1.2-r0', type: 'apk', unpacked: 50_000, files: 1 }),
    expect.objectContaining({ name: 'empty', unpacked: 0, packed: 0, files: 0 }),
  ]);
  expect(size.packages[0].packed).toBe(size.files.find(({ path }) => path.endsWith('bin/tool'))?.packed);
  const lines = sizeLines(size);
  expect(lines).toContainEqual(
    expect.stringMatching(/^ +\d+ B {2}50\.0 kB {2}1 {2}tool 1\.2-r0 \(docker\.io\/test\/apk\)$/),
  );
  expect(lines.join('\n')).not.toContain('empty');
});

it('a build that made something says three lines, and the size beside that of the build before', async () => {
  workspace.write('news/linuxkit.yml', 'init: [test/init]\nfiles: [{path: a, contents: one}]\n');
  const first = await workspace.buildAgain('news', ['kernel+initrd']);
  expect(first).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^initrd: [\d.]+ k?B$/),
      expect.stringMatching(/^most of it: news\/linuxkit\.yml \d+ B, docker\.io\/test\/init \d+ B$/),
    ]),
  );
  const os = identify(parseOsFile('news/linuxkit.yml') as OsFile, 'news', {});
  const measured = () => systemSize(workspace.environment({}), os, () => undefined);
  const before = await measured();
  expect(before.sinceBuild).toBeUndefined();
  workspace.write(
    'news/linuxkit.yml',
    `init: [test/init]\nfiles: [{path: a, contents: "${randomBytes(300).toString('hex')}"}]\n`,
  );
  const second = await workspace.buildAgain('news', ['kernel+initrd']);
  expect(second).toContainEqual(
    expect.stringMatching(/^initrd: [\d.]+ k?B, \+\d+ B since the build before$/),
  );
  expect(second).toContainEqual(expect.stringMatching(/^changed most: news\/linuxkit\.yml \+\d+ B$/));
  const after = await measured();
  expect(after.sinceBuild).toMatchObject({
    packed: { before: before.packed, after: after.packed },
    images: [{ name: 'news/linuxkit.yml' }],
  });
  expect(sizeLines(after).join('\n')).toMatch(/^since the build before, which ended at .*: initrd \+\d+ B$/m);
});

it('a root that is no initramfs is measured as one, and both reports say so', async () => {
  const settings = { loaders: { 'rootfs-loader': 'test/init' } };
  workspace.write(
    'mounted/linuxkit.yml',
    'init: [test/init]\noutputs: [{format: kernel+initrd, root: erofs}, {format: tar}]\n',
  );
  const built = await workspace.buildAgain('mounted', ['kernel+initrd'], settings);
  const note = 'as an initramfs, which is not the root of kernel+initrd (erofs)';
  expect(built).toContainEqual(expect.stringMatching(/^initrd: [\d.]+ k?B, as an initramfs, /));
  const os = identify(parseOsFile('mounted/linuxkit.yml') as OsFile, 'mounted', {});
  const size = await systemSize(workspace.environment(settings), os, () => undefined);
  expect(size.otherRoots).toEqual(['kernel+initrd (erofs)']);
  expect(sizeLines(size)[1]).toBe(note);
  expect((await sizeOf('hello')).otherRoots).toBeUndefined();
});

it('a change is found in its file and in what brought it', async () => {
  const before = await sizeOf('hello');
  const after = await sizeOf('hello again and again');
  const { packed, images, packages, files } = compareSizes(before, after);
  expect(files).toEqual([{ name: 'etc/motd', before: 5, after: 21 }]);
  expect(images.map(({ name }) => name)).toEqual(['os/linuxkit.yml']);
  expect(packed.after - packed.before).toBe(images[0].after - images[0].before);
  expect(sizeLines(after, { packed, images, packages, files }).join('\n')).toContain(
    '+16 B  5 B -> 21 B  etc/motd',
  );
});

it('a list for people has ten lines, and says how many more there are', async () => {
  const size = await sizeOf('hello');
  const files = Array.from({ length: 12 }, (_, i) => ({ path: `f${i}`, size: 10, packed: 5, image: 'i' }));
  const lines = sizeLines({ ...size, files, copies: [], sinceBuild: undefined });
  expect(lines.filter((line) => /^ +5 B {2}10 B {2}f/.test(line))).toHaveLength(10);
  expect(lines.at(-1)).toBe('  and 2 more');
});

it.each([
  ['50MB', 50e6],
  ['1.5 GiB', 1.5 * 2 ** 30],
  ['100', 100],
  ['7B', 7],
])('the budget %s is %d bytes', (text, count) => expect(readBudget(text)).toBe(count));

it.each(['', 'MB', '5 TB', '-1MB', '5mb'])('the budget %j is refused with the units', (text) =>
  expect(() => readBudget(text)).toThrow(
    expect.objectContaining({ code: 'bad-option', hint: expect.stringContaining('MiB') }),
  ),
);

it('an initrd over its budget is refused with the image that brings most', async () => {
  const size = await sizeOf('hello');
  expect(() => checkBudget(size, size.packed)).not.toThrow();
  expect(() => checkBudget(size, size.packed - 1)).toThrow(
    expect.objectContaining({ code: 'over-budget', hint: expect.stringContaining(size.images[0].image) }),
  );
});
