import { bytesContent } from '@nx-linuxkit/tree';
import { elfFile } from '../__tests__/elf-file.js';
import { readDynamicElf } from './elf.js';

const read = (file: Buffer) => readDynamicElf(bytesContent(file));

describe('readDynamicElf', () => {
  test('reads the loader, needed libraries and the runpath', async () => {
    const file = elfFile({
      needed: ['libc.so.6', 'libz.so.1'],
      interpreter: '/lib64/ld.so',
      runpath: '$ORIGIN/../lib:/opt',
    });
    expect(await read(file)).toEqual({
      machine: 62,
      interpreter: '/lib64/ld.so',
      needed: ['libc.so.6', 'libz.so.1'],
      runpath: ['$ORIGIN/../lib', '/opt'],
    });
  });

  test.each([
    ['a script', Buffer.from('#!/bin/sh\n')],
    ['an empty file', Buffer.alloc(0)],
    ['32 bits', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 1, 1]), Buffer.alloc(100)])],
    ['big endian', Buffer.concat([Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 2]), Buffer.alloc(100)])],
  ])('returns undefined for %s', async (_, file) => expect(await read(file)).toBeUndefined());

  test('a static program needs nothing', async () => {
    const file = elfFile({});
    file.writeUInt16LE(0, 56);
    expect(await read(file)).toMatchObject({ needed: [], interpreter: undefined });
  });

  test.each([
    ['tables far outside of the file', (file: Buffer) => file.writeBigUInt64LE(2n ** 62n, 32)],
    ['65535 segments', (file: Buffer) => file.writeUInt16LE(65535, 56)],
    ['segments of no size', (file: Buffer) => file.writeUInt16LE(0, 54)],
    ['a dynamic section of 2^60 bytes', (file: Buffer) => file.writeBigUInt64LE(2n ** 60n, 64 + 56 + 32)],
  ])('a hostile header with %s ends soon', async (_, spoil) => {
    const file = elfFile({ needed: ['libc.so.6'], interpreter: '/ld' });
    spoil(file);
    const result = await read(file).catch((error: Error) => error);
    expect(result).toBeDefined();
  });
});
