import { createHash } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Store } from '@nx-linuxkit/oci';
import { VerifiedFiles } from './verified-files.js';

const dir = mkdtempSync(join(tmpdir(), 'verified-files-spec-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const files = new VerifiedFiles(Store.open(join(dir, 'store')));
const SEAL = { size: 5, sha256: 'a'.repeat(64) };
let path: string;
let serial = 0;

beforeEach(() => {
  path = join(dir, `file-${(serial += 1)}`);
  writeFileSync(path, 'bytes');
});

async function knows(name = path, seal = SEAL): Promise<boolean> {
  const file = await open(name);
  try {
    return await files.knows(await files.sight(file, seal));
  } finally {
    await file.close();
  }
}

async function remember(meanwhile = () => {}): Promise<void> {
  const file = await open(path);
  try {
    const sighting = await files.sight(file, SEAL);
    meanwhile();
    await files.remember(sighting, file, SEAL);
  } finally {
    await file.close();
  }
}

describe('a file that was verified', () => {
  beforeEach(async () => {
    await setTimeout(150);
    await remember();
    expect(await knows()).toBe(true);
  });

  it.each<[what: string, change: () => void]>([
    ['it is written to', () => appendFileSync(path, 'more')],
    [
      'its bytes change, its size and its times do not',
      () => {
        writeFileSync(path, 'other');
        utimesSync(path, 1, 1);
      },
    ],
    [
      'it is replaced by a copy',
      () => {
        copyFileSync(path, `${path}.copy`);
        renameSync(`${path}.copy`, path);
      },
    ],
  ])('is not known any more when %s', async (_, change) => {
    change();
    expect(await knows()).toBe(false);
  });

  it('is not known by another digest, nor by another size', async () => {
    expect(await knows(path, { ...SEAL, sha256: 'b'.repeat(64) })).toBe(false);
    expect(await knows(path, { ...SEAL, size: 6 })).toBe(false);
  });
});

it('a file that changed a moment ago is not remembered, because another change might not show in its times', async () => {
  await remember();
  expect(await knows()).toBe(false);
});

it('a file that changes while it is read is not remembered', async () => {
  await setTimeout(150);
  await remember(() => appendFileSync(path, 'more'));
  expect(await knows()).toBe(false);
});

it('a file that was just written and hashed is known at once, also when its folder is renamed', async () => {
  const folder = join(dir, 'folder');
  mkdirSync(folder);
  path = join(folder, 'file');
  writeFileSync(path, 'bytes');
  await files.wrote(path, SEAL);
  renameSync(folder, `${folder}.renamed`);
  expect(await knows(join(`${folder}.renamed`, 'file'))).toBe(true);
});

describe.each([
  ['small', 5],
  ['large', (1 << 25) + 1],
])('a %s file holds what its seal says', (_, size) => {
  const sealed = (bytes: Buffer) => ({
    size: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  });
  async function holds(seal: { size: number; sha256: string }): Promise<boolean> {
    const file = await open(path);
    try {
      return await files.holds(file, seal);
    } finally {
      await file.close();
    }
  }

  it('or not, by any of its bytes and by its size', async () => {
    const bytes = Buffer.alloc(size, 'bytes');
    writeFileSync(path, bytes);
    await setTimeout(150);
    expect(await holds(sealed(bytes))).toBe(true);
    expect(await holds({ ...sealed(bytes), size: size - 1 })).toBe(false);
    expect(await holds(sealed(bytes.subarray(1)))).toBe(false);
    for (const at of [0, size - 1]) {
      writeFileSync(path, Buffer.from(bytes).fill(0, at, at + 1));
      expect(await holds(sealed(bytes))).toBe(false);
    }
  });

  it('is read once', async () => {
    const bytes = Buffer.alloc(size, 'bytes');
    writeFileSync(path, bytes);
    await setTimeout(150);
    const seal = sealed(bytes);
    expect(await knows(path, seal)).toBe(false);
    expect(await holds(seal)).toBe(true);
    expect(await knows(path, seal)).toBe(true);
  });
});
