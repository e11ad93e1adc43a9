import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileNames, findFormat, formatNames, formats, loadersOf, supportsPlatform } from './index.js';

const named = (name: string) => findFormat(name)!;

it('every format has a name of its own, and a section in formats.md in the same order', () => {
  const text = readFileSync(join(__dirname, '../formats.md'), 'utf8');
  expect(new Set(formatNames).size).toBe(formats.length);
  expect([...text.matchAll(/^## (.+)$/gm)].map(([, name]) => name)).toEqual(formatNames);
});

it.each(formats)('$name: container, file system and files belong together', (format) => {
  const { medium, container, fileSystem, files } = format;
  if (container) expect([medium !== undefined, Object.keys(files)]).toEqual([true, ['image']]);
  expect(fileSystem !== undefined).toBe(medium === 'kernel-root');
  expect(fileNames(format, 'os')).toEqual(Object.values(files).map((suffix) => `os${suffix}`));
});

it('an unknown name has no format, not even the name of a property of every object', () => {
  expect(findFormat('no-such-format')).toBeUndefined();
  expect(findFormat('constructor')).toBeUndefined();
});

it('a platform is supported by its architecture', () => {
  expect(supportsPlatform(named('raw-efi'), 'linux/arm64/v8')).toBe(true);
  expect(supportsPlatform(named('raw-bios'), 'linux/arm64')).toBe(false);
  expect(supportsPlatform(named('tar'), 'linux/s390x')).toBe(true);
});

it('a unified kernel image takes the EFI stub in place of GRUB', () => {
  expect(loadersOf(named('raw-efi'), {})).toEqual(['grub-efi']);
  expect(loadersOf(named('raw-efi'), { uki: true })).toEqual(['efi-stub']);
  expect(loadersOf(named('tar'), {})).toEqual([]);
});

it('a root that Linux mounts needs a loader, whatever else the format takes', () => {
  for (const format of formats.filter(({ options = [] }) => options.includes('root'))) {
    expect(format.roots?.[0]).toBe('initramfs');
    expect(loadersOf(format, { root: 'erofs' })).toEqual([...(format.loaders ?? []), 'rootfs-loader']);
  }
  expect(loadersOf(named('raw-efi'), { uki: true, root: 'erofs' })).toEqual(['efi-stub', 'rootfs-loader']);
});

it('every format that boots an initrd can keep the root compressed in it', () => {
  const without = formats.filter(({ medium, roots = [] }) => medium && !roots.includes('erofs'));
  expect(without.map(({ medium }) => medium)).toEqual(without.map(() => 'kernel-root'));
});
