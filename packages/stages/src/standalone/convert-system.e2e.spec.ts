import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileNames, findFormat, formats, type Format } from '@nx-linuxkit/formats';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { LOADERS, addBootImages } from '../format/__tests__/boot-images.js';
import { pushSystem } from '../publish/system/push-system.js';
import { convertSystem, type SystemConversion } from './convert-system.js';
import { openStandalone } from './environment.js';

jest.setTimeout(180_000);

const YAML =
  "kernel: {image: test/kernel, ucode: ucode.cpio, cmdline: 'console=ttyS0 quiet'}\ninit: [test/init]\n";
const settings = { loaders: LOADERS };
const here = formats.filter(({ architectures = ['amd64'] }) => architectures.includes('amd64'));
/** Formats that boot an initrd, or hold one. */
const needsRoot = ({ name, fileSystem }: Format) =>
  fileSystem !== undefined || ['tar', 'docker'].includes(name);
const ofInitrd = here.filter((format) => !needsRoot(format));

let registry: TestRegistry;
let workspace: TestWorkspace;
let reference: string;
beforeAll(async () => {
  registry = await startRegistry();
  workspace = new TestWorkspace();
  await addBootImages(workspace);
  await workspace.build(
    'os',
    YAML,
    ofInitrd.map(({ name }) => name),
    settings,
  );
  reference = `${registry.host}/systems/os:1`;
  await push(['kernel+initrd', 'iso-efi'], reference);
});
afterAll(async () => {
  workspace?.remove();
  await registry?.stop();
});

function push(names: readonly string[], to: string): Promise<string> {
  const named = names.map((format) => ({ format, prefix: workspace.output('os', format, 'os') }));
  const system = { name: 'os', platform: 'linux/amd64', formats: named, to };
  return pushSystem(workspace.environment(), system, () => undefined);
}

/** Converts as another machine does: nothing of the workspace's store or outputs is there. */
async function convert(names: readonly string[], folder: string, more: Partial<SystemConversion> = {}) {
  const { settings: withImages } = workspace.environment(settings);
  const store = workspace.path('another-store');
  const environment = openStandalone({ folder: workspace.root, store, settings: { ...withImages, store } });
  const into = workspace.path('converted', folder);
  const request = { reference, formats: names, name: 'os', folder: into, packagesFrom: __filename, ...more };
  const lines: string[] = [];
  await convertSystem(environment, request, (line) => lines.push(line));
  return lines;
}

const file = (folder: string, format: string) =>
  workspace.path('converted', folder, fileNames(findFormat(format)!, 'os')[0]);
/** The files of a format that the system's own workspace made: some formats have files that an option asks for. */
const filesOf = (format: string) => readdirSync(dirname(workspace.output('os', format, 'os'))).sort();
/** Bytes of the identifiers of a disk and its partition, and of the checksums over them, in both copies of a GPT. */
const IDENTIFIERS = 200;

/** How many bytes differ. Most blocks are equal, which the comparison of whole blocks finds quickly. */
function differing(one: Buffer, other: Buffer): number {
  let count = 0;
  for (let at = 0; at < one.length; at += BLOCK) {
    const [a, b] = [one, other].map((bytes) => bytes.subarray(at, at + BLOCK));
    if (!a.equals(b)) a.forEach((byte, i) => (count += Number(byte !== b[i])));
  }
  return count;
}
const BLOCK = 4096;

test('has the bytes of the system’s own workspace, but for the identifiers of disks', async () => {
  const single = ofInitrd.filter(
    ({ name, container = 'raw' }) => container === 'raw' && name !== 'tar-kernel-initrd',
  );
  for (const { name } of single) {
    await convert([name], `own-${name}`);
    const names = readdirSync(workspace.path('converted', `own-${name}`)).sort();
    expect(names).toEqual(filesOf(name));
    for (const named of names) {
      const one = readFileSync(workspace.path('converted', `own-${name}`, named));
      const other = readFileSync(workspace.output('os', name, named));
      expect([named, one.length]).toEqual([named, other.length]);
      expect([named, differing(one, other) < IDENTIFIERS]).toEqual([named, true]);
    }
  }
});

test('a tar of kernel and initrd has the microcode in front of its initrd alone', async () => {
  await convert(['tar-kernel-initrd'], 'boot-files');
  const members = execFileSync('tar', ['-tf', file('boot-files', 'tar-kernel-initrd')], { encoding: 'utf8' });
  expect(members.trim().split('\n').sort()).toEqual(['cmdline', 'initrd.img', 'kernel']);
  for (const [member, suffix] of [
    ['kernel', '-kernel'],
    ['initrd.img', '-initrd.img'],
  ]) {
    const pushed = readFileSync(workspace.output('os', 'kernel+initrd', `os${suffix}`));
    expect(
      execFileSync('tar', ['-xOf', file('boot-files', 'tar-kernel-initrd'), member]).equals(pushed),
    ).toBe(true);
  }
});

test('every format has the same bytes in another folder with another store', async () => {
  const names = ofInitrd.map(({ name }) => name);
  for (const name of names) await convert([name], `one-${name}`);
  rmSync(workspace.path('another-store'), { recursive: true });
  for (const name of names) {
    await convert([name], `other-${name}`);
    for (const named of filesOf(name)) {
      const [one, other] = ['one', 'other'].map((folder) =>
        readFileSync(workspace.path('converted', `${folder}-${name}`, named)),
      );
      expect([named, one.equals(other)]).toEqual([named, true]);
    }
  }
});

test.each(here.filter(needsRoot).map(({ name }) => name))(
  '%s needs a root file system, which is not there',
  async (name) => {
    await expect(convert([name], name)).rejects.toMatchObject({
      code: 'unsupported',
      message: `${name} is made of a root file system, and the system has a kernel and an initrd`,
    });
    expect(readdirSync(workspace.path('converted', name))).toEqual([]);
  },
);

test('the files of a system are fetched once', async () => {
  await convert(['raw-efi'], 'once');
  expect((await convert(['raw-bios'], 'once')).filter((line) => line.startsWith('pull '))).toEqual([]);
});

test('a size of the command counts', async () => {
  await convert(['raw-efi'], 'large', { size: '64M' });
  expect(readFileSync(workspace.path('converted/large/os-efi.img')).length).toBeGreaterThanOrEqual(64 << 20);
});

test('a system without kernel and initrd, and one for another platform, are refused', async () => {
  const other = `${registry.host}/systems/iso:1`;
  await push(['iso-efi'], other);
  await expect(convert(['raw-efi'], 'no', { reference: other })).rejects.toMatchObject({
    code: 'unknown-format',
    hint: 'It has iso-efi.',
  });
  await expect(convert(['raw-efi'], 'no', { platform: 'linux/arm64' })).rejects.toMatchObject({
    code: 'unsupported',
    message: `${reference} is a system for linux/amd64, expected linux/arm64`,
  });
  await expect(convert(['rpi3'], 'no')).rejects.toMatchObject({ code: 'unsupported' });
});
