import { mkdtempSync, openSync, readSync, closeSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFormat } from '@nx-linuxkit/formats';
import { Tree, bytesContent, type Content } from '@nx-linuxkit/tree';
import { arm64Image, bzImage } from './__tests__/boot-images.js';
import { run } from './__tests__/oracles.js';
import { pathsIn } from './index.js';
import { loadMaker } from './makers/index.js';
import type { System } from './system.js';

jest.setTimeout(120_000);

const GIB = 2 ** 30;
const CHUNK = Buffer.alloc(2 ** 20);
const MARK = 'here it ends';
const folder = mkdtempSync(join(tmpdir(), 'large-spec-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Zeros with a mark at the end: gigabytes that are on no disk. */
function huge(size: number): Content {
  const read = async function* (start: number, end: number) {
    for (let at = start; at < end; at += CHUNK.length) {
      const chunk = CHUNK.subarray(0, Math.min(CHUNK.length, end - at));
      if (at + chunk.length < size) yield chunk;
      else yield Buffer.concat([chunk.subarray(0, -MARK.length), Buffer.from(MARK)]);
    }
  };
  return { source: { id: `huge ${size}`, size, read }, offset: 0, size };
}

const loader = async () => {
  const inode = { type: 'file' as const, mode: 0o644, uid: 0, gid: 0, mtime: 0 };
  return Tree.of(
    ['grub.efi', 'gcd.efi'].map((path) => ({ path, inode: { ...inode, content: bytesContent('loader') } })),
  );
};

const system = (initrd: Content, platform = 'linux/arm64', kernel = bytesContent(arm64Image())): System => ({
  ...{
    format: 'raw-efi',
    name: 'huge',
    platform,
    cmdline: '',
    log: () => undefined,
    kept: { find: async () => undefined, put: async () => undefined },
    hasKernel: true,
    options: {},
  },
  ...{ kernel: async () => ({ kernel, mode: 0o644 }), initrd: async () => initrd },
  signed: async (program) => program,
  enrolment: async () => undefined,
  ...{ tree: async () => new Tree(), rootTree: async () => new Tree(), loader, hasLoader: () => true },
});

async function make(format: string, made: System): Promise<void> {
  const found = findFormat(format)!;
  const maker = await loadMaker(found);
  await maker(made, pathsIn(folder, found, made));
}

it('a disk of 3 GiB is written in little memory, and takes no space for zeros', async () => {
  let peak = 0;
  const before = process.memoryUsage().rss;
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 10);
  await make('raw-efi', system(huge(3 * GIB))).finally(() => clearInterval(timer));
  const disk = join(folder, 'huge-efi.img');
  expect(statSync(disk).size).toBeGreaterThan(3 * GIB);
  expect(statSync(disk).blocks * 512).toBeLessThan(32 * 2 ** 20);
  expect(peak - before).toBeLessThan(100 * 2 ** 20);
  run('sgdisk', '-v', disk);
  expect(run('mdir', '-i', `${disk}@@1M`, '::')).toMatch(/^initrd +img +3221225472 /im);
  expect(tail(disk)).toContain(MARK);
});

/** The end of the disk, which holds the end of the file: it is the last file of its volume. */
function tail(disk: string): string {
  const file = openSync(disk, 'r');
  const bytes = Buffer.alloc(64 * 2 ** 20);
  readSync(file, bytes, 0, bytes.length, statSync(disk).size - bytes.length);
  closeSync(file);
  return bytes.toString('latin1');
}

it.each(['raw-efi', 'qcow2-efi'])(
  '%s with an initrd of 5 GiB is refused with FAT’s limit and the actual size',
  async (format) => {
    await expect(make(format, system(huge(5 * GIB)))).rejects.toMatchObject({
      code: 'file-too-large',
      message: `initrd.img: FAT holds files of at most 4294967295 bytes, got ${5 * GIB}`,
      hint: expect.stringContaining('squashfs'),
    });
  },
);

it('an ISO holds 5 GiB, in several records', async () => {
  await make('iso-efi', system(huge(5 * GIB)));
  const iso = join(folder, 'huge-efi.iso');
  expect(run('isoinfo', '-R', '-l', '-i', iso)).toMatch(/initrd\.img/);
  rmSync(iso);
});

it.each(['raw-efi', 'iso-efi', 'raw-bios'])(
  '%s with a larger initrd than a PC’s kernel takes is refused with both sizes',
  async (format) => {
    const pc = system(huge(3 * GIB), 'linux/amd64', bytesContent(bzImage()));
    await expect(make(format, pc)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/ends below 2147483647 bytes of memory, this one has 3221225472/),
    });
  },
);

it('formats that failed left no files', () => {
  expect(readdirSync(folder)).toEqual(['huge-efi.img']);
});
