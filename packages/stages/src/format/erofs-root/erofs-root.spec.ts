import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tarOf } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../../__tests__/test-workspace.js';
import { LOADERS, addBootImages, microcode } from '../__tests__/boot-images.js';

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  await addBootImages(workspace);
  for (const name of ['one', 'two', 'three'])
    await workspace.image(name, [[{ name: `bin/${name}`, body: `${name} `.repeat(100_000), mode: 0o755 }]]);
});
afterAll(() => workspace.remove());

const settings = { loaders: LOADERS };
const yaml = (outputs: string, services: readonly string[] = ['one', 'two'], kernel = 'kernel') =>
  `kernel: {image: test/${kernel}, ucode: ucode.cpio, cmdline: quiet}
init: [test/init]
services: [${services.map((image) => `{name: ${image}, image: test/${image}}`).join(', ')}]
files: [{path: etc/motd, contents: hello}]
outputs: [${outputs}]
`;
const EROFS = '{format: kernel+initrd, root: erofs}';
const initrdOf = (name: string) =>
  readFileSync(workspace.output(name, 'kernel+initrd', `${name}-initrd.img`));
/** Packed sources in the store. */
const packed = () =>
  readdirSync(workspace.path('store/derived/part'), { recursive: true, encoding: 'utf8' }).filter(
    (path) => /erofs-[^/]*$/.test(path) && !path.endsWith('.seal'),
  );

/** Unpacks the archive behind the microcode, and gives its folder. */
async function unpacked(initrd: Buffer): Promise<string> {
  const out = mkdtempSync(workspace.path('unpacked-'));
  execFileSync('cpio', ['-id', '--quiet'], { cwd: out, input: initrd.subarray((await microcode()).length) });
  return out;
}

it('an initrd is microcode and an archive with a loader, and the root, which begins at a whole block', async () => {
  await workspace.build('os', yaml(EROFS), ['kernel+initrd'], settings);
  const initrd = initrdOf('os');
  const out = await unpacked(initrd);
  expect(readFileSync(join(out, 'init'), 'utf8')).toBe('switch root');
  const root = readFileSync(join(out, 'root.erofs'));
  expect(initrd.indexOf(root) % 4096).toBe(0);
  execFileSync('fsck.erofs', [`--extract=${join(out, 'root')}`, join(out, 'root.erofs')]);
  const file = (path: string) => readFileSync(join(out, 'root', path), 'utf8');
  expect(file('containers/services/one/lower/bin/one')).toBe('one '.repeat(100_000));
  expect(file('etc/motd')).toBe('hello');
  expect(root.length).toBeLessThan(file('large').length / 4);
});

it('every format with an initrd holds that one', async () => {
  const formats = ['kernel+initrd', 'tar-kernel-initrd', 'netboot', 'eif'];
  const outputs = formats.map((format) => `{format: ${format}, root: erofs}`).join(', ');
  await workspace.build('more', yaml(outputs), formats, settings);
  const initrd = initrdOf('more');
  for (const [format, file] of [
    ['tar-kernel-initrd', 'more-initrd.tar'],
    ['netboot', 'more-initrd.img'],
    ['eif', 'more.eif'],
  ] as const)
    expect(readFileSync(workspace.output('more', format, file)).includes(initrd)).toBe(true);
});

it('a changed service packs its own files alone, and systems share the others', async () => {
  await workspace.build('first', yaml(EROFS, ['one', 'two']), ['kernel+initrd'], settings);
  const before = packed();
  expect(before.length).toBeGreaterThan(2);
  await workspace.build('second', yaml(EROFS, ['one', 'three']), ['kernel+initrd'], settings);
  const after = packed();
  expect(after.filter((path) => !before.includes(path))).toHaveLength(1);
});

it('the bytes are those of the system, with a store and without', async () => {
  await workspace.build('os', yaml(EROFS), ['kernel+initrd'], settings);
  const first = initrdOf('os');
  const empty = { ...settings, store: workspace.path('empty-store') };
  await workspace.build('os', yaml(EROFS), ['kernel+initrd'], empty);
  expect(initrdOf('os').equals(first)).toBe(true);
});

it('a kernel without the drivers is refused', async () => {
  const modules = [
    { name: 'lib/modules/6/modules.dep', body: 'kernel/drivers/block/loop.ko:\n' },
    { name: 'lib/modules/6/modules.builtin', body: 'kernel/fs/overlayfs/overlay.ko\n' },
    { name: 'lib/modules/6/kernel/drivers/block/loop.ko', body: 'loop' },
  ];
  const kernel = readFileSync(workspace.output('os', 'kernel+initrd', 'os-kernel'));
  await workspace.image('bare', [
    [
      { name: 'kernel', body: kernel },
      { name: 'kernel.tar', body: await tarOf(modules) },
      { name: 'ucode.cpio', body: await microcode() },
    ],
  ]);
  const build = workspace.build('bare', yaml(EROFS, ['one'], 'bare'), ['kernel+initrd'], settings);
  await expect(build).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining('the kernel has no erofs, which `root: erofs` needs'),
  });
});

it.each([
  ['{format: tar, root: erofs}', 'the format tar has no option root'],
  ['{format: iso-bios, root: verity}', 'expected initramfs or erofs, got "verity"'],
])('%s is refused', async (outputs, message) => {
  await expect(workspace.build('bad', yaml(outputs), [], settings)).rejects.toThrow(message);
});
