import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sealText } from '../seal.js';
import { leastMemory } from './memory.js';

const MIB = 2 ** 20;
describe('the least memory', () => {
  const root = mkdtempSync(join(tmpdir(), 'memory-spec-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const os = { name: 'os', file: 'os/linuxkit.yml', root: 'os', dist: 'dist/os', platform: 'linux/amd64' };
  const write = (facts: object) => {
    const folder = join(root, '.linuxkit/os/initramfs/initramfs');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'stage.json'), sealText({ key: '', files: {}, facts }));
  };
  const least = (cmdline: string, firmware: 'bios' | 'uefi') => leastMemory(root, os, { cmdline, firmware });

  // Measured with an initrd of 60 MiB that unpacks to 152 MiB: without firmware 384 MiB are too few and 448 enough;
  // with OVMF 448 are too few and 512 enough; with ramfs 288 are enough, and 320 with OVMF.
  it.each([
    ['', 'bios', 384, 448],
    ['', 'uefi', 448, 512],
    ['rootfstype=ramfs', 'bios', 256, 288],
    ['console=x rootfstype=ramfs', 'uefi', 256, 341],
  ] as const)('%j by %s lies above %i and within %i MiB', async (cmdline, firmware, less, enough) => {
    const range = { start: 0, size: 60 * MIB, plain: 152 * MIB, crc: 1 };
    write({ compressor: 'gzip', segments: [{ ranges: [range] }], unpacked: 152 * MIB });
    const memory = await least(cmdline, firmware);
    expect(memory).toBeGreaterThan(less);
    expect(memory).toBeLessThanOrEqual(enough);
  });

  it('is unknown before a build, and after a build of an older version, which noted other numbers', async () => {
    for (const facts of [{ segments: [] }, { segments: [{ size: 60 * MIB }], unpacked: 152 * MIB }]) {
      write(facts);
      expect(await least('', 'bios')).toBeUndefined();
    }
    expect(
      await leastMemory(root, { ...os, name: 'other' }, { cmdline: '', firmware: 'bios' }),
    ).toBeUndefined();
  });
});
