import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { bytesContent } from '@nx-linuxkit/tree';
import { lyingContent, noise, scratch } from '../__tests__/tools.js';
import { writeEif, type EifParts } from './image.js';

const dir = scratch();
const PARTS: EifParts = {
  kernel: bytesContent(noise(3_000_000, 'kernel')),
  cmdline: 'reboot=k panic=30',
  ramdisks: [bytesContent('bootstrap'), bytesContent('application'), bytesContent('more')],
  arch: 'amd64',
  name: 'my-os',
};

/** Reads an EIF by the published structure alone, and refuses what QEMU's reader refuses. */
function read(path: string) {
  const file = readFileSync(path);
  const crc = file.readUInt32BE(544);
  expect(crc32(file.subarray(548), crc32(file.subarray(0, 544)))).toBe(crc);
  const sections = Array.from({ length: file.readUInt16BE(26) }, (_, i) => {
    const offset = Number(file.readBigUInt64BE(28 + i * 8));
    const size = Number(file.readBigUInt64BE(284 + i * 8));
    expect([file.readUInt16BE(offset + 2), Number(file.readBigUInt64BE(offset + 4))]).toEqual([0, size]);
    return {
      type: file.readUInt16BE(offset),
      bytes: file.subarray(offset + 12, offset + 12 + size),
      end: offset + 12 + size,
    };
  });
  expect(sections.at(-1)!.end).toBe(file.length);
  return { version: file.readUInt16BE(4), flags: file.readUInt16BE(6), sections };
}

const extended = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha384');
  for (const part of parts) hash.update(part);
  return createHash('sha384').update(Buffer.alloc(48)).update(hash.digest()).digest('hex');
};

it('has the sections kernel, command line, metadata and ramdisks, and a checksum over all of it', async () => {
  const path = join(dir, 'my-os.eif');
  await writeEif(PARTS, path);
  const { version, flags, sections } = read(path);
  expect([version, flags]).toEqual([4, 0]);
  expect(sections.map(({ type }) => type)).toEqual([1, 2, 5, 3, 3, 3]);
  expect(sections[0]!.bytes.equals(noise(3_000_000, 'kernel'))).toBe(true);
  expect([1, 3, 4, 5].map((i) => sections[i]!.bytes.toString())).toEqual([
    'reboot=k panic=30',
    'bootstrap',
    'application',
    'more',
  ]);
  expect(JSON.parse(sections[2]!.bytes.toString())).toMatchObject({
    ImageName: 'my-os',
    BuildMetadata: { BuildTime: '2017-04-18T16:30:00.000Z' },
  });
});

it('PCR0 covers all, PCR1 the first ramdisk, PCR2 the others, and none of them the metadata', async () => {
  const measured = await writeEif(PARTS, join(dir, 'measured.eif'));
  const kernel = noise(3_000_000, 'kernel');
  expect(measured).toEqual({
    HashAlgorithm: 'Sha384',
    PCR0: extended(kernel, PARTS.cmdline, 'bootstrap', 'application', 'more'),
    PCR1: extended(kernel, PARTS.cmdline, 'bootstrap'),
    PCR2: extended('application', 'more'),
  });
  expect(await writeEif({ ...PARTS, name: 'other' }, join(dir, 'other.eif'))).toEqual(measured);
});

it('PCR2 of an enclave with one ramdisk is the one that attestation documents of such enclaves show', async () => {
  const parts = { ...PARTS, ramdisks: PARTS.ramdisks.slice(0, 1) };
  const { PCR0, PCR1, PCR2 } = await writeEif(parts, join(dir, 'one.eif'));
  expect(PCR0).toBe(PCR1);
  expect(PCR2).toBe(
    '21b9efbc184807662e966d34f390821309eeac6802309798826296bf3e8bec7c10edb30948c90ba67310f7b964fc500a',
  );
});

it('arm64 has a flag of its own', async () => {
  await writeEif({ ...PARTS, arch: 'arm64' }, join(dir, 'arm.eif'));
  expect(read(join(dir, 'arm.eif')).flags).toBe(1);
});

it('more ramdisks than the header has room for are refused, and a source that fails leaves no file', async () => {
  const many = { ...PARTS, ramdisks: Array.from({ length: 30 }, () => bytesContent('x')) };
  const before = readdirSync(dir);
  await expect(writeEif(many, join(dir, 'many.eif'))).rejects.toMatchObject({ code: 'bad-option' });
  const broken = { ...PARTS, ramdisks: [lyingContent('short', 100)] };
  await expect(writeEif(broken, join(dir, 'broken.eif'))).rejects.toThrow();
  expect(readdirSync(dir)).toEqual(before);
});
