import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tree, bytesContent, type Inode } from '@nx-linuxkit/tree';
import { leastMemory, unpackedSize } from './memory.js';

const MIB = 2 ** 20;
const file = (bytes: string): Inode => ({
  ...{ type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0 },
  content: bytesContent(bytes),
});

test('files take whole pages of memory, hard links once, the kernel below boot/ none', () => {
  const tree = new Tree();
  const shared = file('x'.repeat(5000));
  tree.set('a', shared);
  tree.set('b', shared);
  tree.set('c', file('1'));
  tree.set('boot/kernel', file('kernel'));
  expect(unpackedSize(tree)).toBe(3 * 4096);
});

describe('the least memory', () => {
  const root = mkdtempSync(join(tmpdir(), 'memory-spec-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const os = { name: 'os', file: 'os/linuxkit.yml', root: 'os', dist: 'dist/os', platform: 'linux/amd64' };
  const write = (facts: object) => {
    const folder = join(root, '.linuxkit/os/initramfs/initramfs');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'stage.json'), JSON.stringify({ key: '', files: {}, facts }));
  };
  const least = (cmdline: string, firmware: 'bios' | 'uefi') => leastMemory(root, os, { cmdline, firmware });

  // 152 MiB unpacked of a 60 MiB initrd, measured: without firmware 384 MiB is too little and 448 enough, with
  // OVMF 448 too little and 512 enough; with ramfs 288 is enough, with OVMF 320.
  it.each([
    ['', 'bios', 384, 448],
    ['', 'uefi', 448, 512],
    ['rootfstype=ramfs', 'bios', 256, 288],
    ['console=x rootfstype=ramfs', 'uefi', 256, 341],
  ] as const)('%j by %s lies above %i and within %i MiB', async (cmdline, firmware, less, enough) => {
    write({ segments: [{ size: 60 * MIB }], unpacked: 152 * MIB });
    const memory = await least(cmdline, firmware);
    expect(memory).toBeGreaterThan(less);
    expect(memory).toBeLessThanOrEqual(enough);
  });

  it('is unknown before a build, and after one that did not say', async () => {
    write({ segments: [] });
    expect(await least('', 'bios')).toBeUndefined();
    expect(
      await leastMemory(root, { ...os, name: 'other' }, { cmdline: '', firmware: 'bios' }),
    ).toBeUndefined();
  });
});
