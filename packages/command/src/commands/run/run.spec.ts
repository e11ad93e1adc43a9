import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceleratorFor } from './accelerator.js';
import { mediumAt } from './medium-at.js';
import { macOf } from './state.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-run-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const NONE = { iso: false, kernel: false, squashfs: false };
const file = (name: string, start = '') => {
  writeFileSync(join(folder, name), Buffer.concat([Buffer.from(start, 'latin1'), Buffer.alloc(1024)]));
  return join(folder, name);
};

it.each([
  ['os.iso', '', { kind: 'iso' }],
  ['os.qcow2', 'QFI\xfb', { kind: 'disk', format: 'qcow2', writable: true }],
  ['os.vmdk', 'KDMV', { kind: 'disk', format: 'vmdk' }],
  ['os.vhd', 'conectix', { kind: 'disk', format: 'vpc', interface: 'ide' }],
  ['os-bios.img', '', { kind: 'disk', format: 'raw' }],
  ['os.vhdx', 'vhdxfile', { kind: 'disk', format: 'vhdx' }],
  ['os.img.tar.gz', '', { kind: 'disk', archived: 'disk.raw' }],
  ['os.ova', '', { kind: 'disk', archived: 'disk.vmdk', format: 'vmdk' }],
  ['os.ipxe', '#!ipxe', { kind: 'netboot' }],
  ['os.efi', 'MZ', { kind: 'efi' }],
])('%s is told apart by its bytes, or by its name', async (name, start, expected) => {
  const path = file(name, start);
  expect(await mediumAt(path, NONE)).toMatchObject({ ...expected, path });
});

it.each([
  [['-initrd.img'], { initrd: 'os-initrd.img' }],
  [['-squashfs.img', '-initrd.img'], { root: 'os-squashfs.img' }],
  [['-erofs.img'], { root: 'os-erofs.img' }],
])('a prefix with %j is a kernel with its root', async (suffixes, expected) => {
  file('os-kernel');
  for (const suffix of suffixes) file(`os${suffix}`);
  const paths = Object.entries(expected).map(([key, name]) => [key, join(folder, name as string)]);
  expect(await mediumAt(join(folder, 'os'), NONE)).toMatchObject({
    kind: 'kernel',
    ...Object.fromEntries(paths),
  });
});

it('flags decide where the name says otherwise', async () => {
  expect(await mediumAt(file('cd.img'), { ...NONE, iso: true })).toMatchObject({ kind: 'iso' });
  expect(await mediumAt(file('a.iso'), { ...NONE, firmware: 'uefi' })).toMatchObject({ firmware: 'uefi' });
});

it('software runs guests of other architectures, and an unknown accelerator is refused', () => {
  const other = process.arch === 'arm64' ? 'amd64' : 'arm64';
  expect(acceleratorFor(other, 'kvm:tcg')).toBe('tcg');
  expect(() => acceleratorFor(other, 'vbox')).toThrow('--accel: unknown accelerator "vbox"');
});

it('a machine keeps its network address, which is a local one of a single card', async () => {
  const mac = await macOf(folder);
  expect(await macOf(folder)).toBe(mac);
  expect(parseInt(mac.slice(0, 2), 16) & 0b11).toBe(0b10);
});
