import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { tarOf } from '@nx-linuxkit/testing';
import { flip, outputFolder, poison, put, replace } from '../__tests__/poison.js';
import { TestWorkspace, kernelLayer } from '../__tests__/test-workspace.js';
import { identify, parseOsFile, reproduceBuild, type OsFile } from '../index.js';
import { sha256 } from '../seal.js';

const YAML = `kernel: {image: test/kernel, cmdline: console=ttyS0, ucode: ucode.cpio}
init: [test/init, '@pkg:./package']
services: [{name: web, image: test/web, env: [A=1]}]
files: [{path: etc/motd, contents: hello}]
outputs: [{format: kernel+initrd}, {format: tar}]
`;
const INITRD = 'dist/os/kernel+initrd/os-initrd.img';
const TAR = 'dist/os/tar/os.tar';
const FILES = ['cmdline', 'initrd.img', 'kernel']
  .map((name) => `dist/os/kernel+initrd/os-${name}`)
  .concat(TAR);

let workspace: TestWorkspace;
beforeAll(async () => {
  workspace = new TestWorkspace();
  const microcode = { name: 'ucode.cpio', body: 'microcode!' };
  await workspace.image('kernel', [await kernelLayer(tarOf, [microcode])]);
  await workspace.image('init', [[{ name: 'etc/init', body: 'init' }]]);
  const lower = [{ name: 'bin/lib', body: 'library '.repeat(999) }];
  await workspace.image('web', [lower, [{ name: 'bin/web', body: 'web '.repeat(999) }]]);
  cpSync(join(__dirname, '../__fixtures__/package'), workspace.path('os/package'), { recursive: true });
  workspace.write('os/linuxkit.yml', YAML);
  await workspace.buildAgain('os', ['kernel+initrd', 'tar']);
  for (const name of MADE)
    cpSync(workspace.path(name), workspace.path('pristine', name), { recursive: true });
});
afterAll(() => workspace.remove());
beforeEach(() => {
  for (const name of MADE) {
    rmSync(workspace.path(name), { recursive: true, force: true });
    cpSync(workspace.path('pristine', name), workspace.path(name), { recursive: true });
  }
});
const MADE = ['.linuxkit', 'dist', 'store'];

const escaped = (path: string) => path.replace(/[+.]/g, '\\$&');

/** Gives the log, and the error of a build that was not reproduced. */
async function verify(formats?: readonly string[]) {
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os');
  const lines: string[] = [];
  const error = await reproduceBuild(workspace.environment(), { os, formats }, (line) =>
    lines.push(line),
  ).catch((thrown: unknown) => thrown as Error & { code: string; hint: string });
  // Whatever happens, nothing of the second build stays.
  expect(readdirSync(workspace.path('store/tmp'))).toEqual([]);
  return { lines, error };
}

it('a build that is right: a line for each file with its sha256', async () => {
  const { lines, error } = await verify();
  expect(error).toBeUndefined();
  expect(lines).toEqual(
    FILES.map(
      (path) => `verify ${path}: sha256 ${sha256(readFileSync(workspace.path(path)))}, the same again`,
    ),
  );
});

it('only the formats that were asked for', async () => {
  expect((await verify(['tar'])).lines).toHaveLength(1);
});

it('nothing that the first build made is changed', async () => {
  const times = () =>
    readdirSync(workspace.path('.linuxkit'), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('stage.json'))
      .map((name) => readFileSync(workspace.path('.linuxkit', name), 'utf8'));
  const before = times();
  const forged = flip(readFileSync(workspace.path(INITRD)));
  replace(workspace.path(INITRD), forged);
  await verify();
  expect(times()).toEqual(before);
  expect(readFileSync(workspace.path(INITRD)).equals(forged)).toBe(true);
});

describe('a file of a format that was changed', () => {
  it.each([
    ['the microcode', () => 3],
    ['the segment of kernel, part 1 of 1 (layer sha256:', (size: number) => size / 50],
    ['the segment .linuxkit/os/initramfs/initramfs/own.cpio', (size: number) => size - 12],
    ['what follows the last segment', (size: number) => size - 2],
  ])('an initrd: the error names the file, the byte and %s', async (position, offset) => {
    const bytes = readFileSync(workspace.path(INITRD));
    const at = Math.floor(offset(bytes.length));
    bytes[at] ^= 1;
    replace(workspace.path(INITRD), bytes);
    const { error, lines } = await verify();
    expect(error).toMatchObject({ code: 'not-reproduced' });
    expect(error?.message).toContain(
      `${INITRD} is not what a second build gives: first difference at byte ${at}, in ${position}`,
    );
    expect(error?.hint).toContain('All outputs of stages in .linuxkit are right');
    expect(lines).toHaveLength(FILES.length);
    expect(lines.filter((line) => line.endsWith('the same again'))).toHaveLength(FILES.length - 1);
    expect(lines).toContainEqual(expect.stringContaining(`sha256 ${sha256(bytes)}, built again `));
  });

  it.each([
    ['one byte', flip],
    ['a byte more', (bytes: Buffer) => Buffer.concat([bytes, Buffer.of(0)])],
    ['a byte less', (bytes: Buffer) => bytes.subarray(0, -1)],
  ])('%s in every file: each has its line, and the error names the first', async (_, change) => {
    for (const path of FILES) replace(workspace.path(path), change(readFileSync(workspace.path(path))));
    const { lines, error } = await verify();
    expect(lines).toEqual(
      FILES.map((path) => expect.stringMatching(`^verify ${escaped(path)}: .*, built again `)),
    );
    expect(error?.message).toContain(
      `${FILES[0]} is not what a second build gives: first difference at byte`,
    );
  });

  it('one that is missing, one that is too many, and a link to the right bytes', async () => {
    renameSync(workspace.path(INITRD), workspace.path('elsewhere'));
    expect((await verify()).error?.message).toBe(`${INITRD} is missing`);
    symlinkSync(workspace.path('elsewhere'), workspace.path(INITRD));
    expect((await verify()).error?.message).toBe(`${INITRD} is missing`);
    rmSync(workspace.path(INITRD));
    renameSync(workspace.path('elsewhere'), workspace.path(INITRD));
    writeFileSync(workspace.path('dist/os/tar/extra'), '');
    expect((await verify()).error?.message).toBe(
      'dist/os/tar/extra is a file that a second build does not make',
    );
  });

  it('a format that is missing as a whole', async () => {
    rmSync(workspace.path('dist/os/tar'), { recursive: true });
    expect((await verify()).error?.message).toBe(`${TAR} is missing`);
  });
});

describe('what an earlier build left decides nothing', () => {
  /** Builds with what is there. */
  const build = () => workspace.buildAgain('os', ['kernel+initrd', 'tar']);

  it('a forged output of a stage is named, with the format that was made of it', async () => {
    const output = outputFolder(workspace.root, 'os/oci-config', 'oci-config');
    poison(output, 'bundles.json', put('A=1', 'A=2'));
    await build();
    const { error } = await verify();
    expect(error?.message).toContain(INITRD);
    expect(error?.hint).toContain('.linuxkit/os/oci-config/oci-config/bundles.json');
    expect(error?.hint).toContain('.linuxkit/os/initramfs/initramfs/own.cpio');
  });

  it('a forged part in the store', async () => {
    const parts = join(workspace.path('store/derived/part'));
    const files = readdirSync(parts, { recursive: true, withFileTypes: true }).filter(
      (file) => file.isFile() && !file.name.endsWith('.seal'),
    );
    for (const { parentPath, name } of files) {
      const path = join(parentPath, name);
      const bytes = flip(readFileSync(path));
      replace(path, bytes);
      const sum = crc32(bytes).toString(16).padStart(8, '0');
      replace(`${path}.seal`, Buffer.from(`crc32 ${bytes.length} ${sum}\n`));
    }
    expect(files.length).toBeGreaterThan(2);
    for (const name of ['.linuxkit', 'dist']) rmSync(workspace.path(name), { recursive: true });
    await build();
    expect((await verify()).error?.message).toContain(INITRD);
  });

  it('a damaged blob of the store is fetched again', async () => {
    const blobs = workspace.path('store/blobs/sha256');
    for (const name of readdirSync(blobs)) {
      chmodSync(join(blobs, name), 0o644);
      appendFileSync(join(blobs, name), 'damaged');
    }
    expect((await verify()).error).toBeUndefined();
  });

  it('an empty store is filled', async () => {
    rmSync(workspace.path('store'), { recursive: true });
    expect((await verify()).error).toBeUndefined();
    expect(existsSync(workspace.path('store/blobs/sha256'))).toBe(true);
  });
});

it('a system whose lock misses a reference is refused, with the command to run', async () => {
  const lock = readFileSync(workspace.path('os/linuxkit.lock.json'));
  rmSync(workspace.path('os/linuxkit.lock.json'));
  try {
    const { error } = await verify();
    expect(error).toMatchObject({ code: 'not-locked', hint: expect.stringContaining('nx lock os') });
  } finally {
    writeFileSync(workspace.path('os/linuxkit.lock.json'), lock);
  }
});
