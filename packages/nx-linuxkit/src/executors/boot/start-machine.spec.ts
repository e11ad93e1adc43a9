import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { startOn } from './start-machine.js';
import { userDataBytes, userDataText } from './user-data.js';

const root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-on-'));
// Locks may be written, also where CI is set.
const options = { images: { 'test/kernel': 'oci:kernel' }, store: 'store', frozen: false };
const context = {
  root,
  nxJsonConfiguration: { plugins: [{ plugin: 'nx-linuxkit', options }] },
} as unknown as ExecutorContext;
const os = { name: 'os', file: 'os/linuxkit.yml' };
const PATH = process.env.PATH;

beforeAll(async () => {
  jest.spyOn(console, 'log').mockImplementation();
  const entries = [{ name: 'kernel', body: '\x7fELF the kernel' }];
  layoutOf(await randomImage(1, { layers: [{ entries }] }), join(root, 'kernel'));
  mkdirSync(join(root, 'os'));
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, os.file), 'kernel: {image: test/kernel, tar: none, cmdline: console=ttyS0}\n');
  // The program that stands in shows the file of settings that it is given, as a guest its console.
  writeFileSync(
    join(root, 'bin/firecracker'),
    '#!/bin/sh\n[ "$1 $2 $#" = "--no-api --config-file 3" ] && cat "$3"\n',
  );
  chmodSync(join(root, 'bin/firecracker'), 0o755);
  process.env.PATH = `${join(root, 'bin')}:${PATH}`;
});
afterAll(() => {
  process.env.PATH = PATH;
  rmSync(root, { recursive: true });
});

it('makes the format, and starts the hypervisor with it and with a disk of user data', async () => {
  const { machine } = await startOn(
    'firecracker',
    { os },
    { data: 'hello', memory: 256, accel: 'tcg' },
    context,
  );
  let shown = '';
  machine.output.on('data', (chunk) => (shown += String(chunk)));
  expect(await machine.exited).toEqual({ code: 0, signal: null, stderr: '' });
  const state = join(root, '.linuxkit/boot/os/kernel+initrd-firecracker');
  expect(JSON.parse(shown)).toEqual({
    'boot-source': {
      kernel_image_path: join(root, 'dist/os/kernel+initrd/os-kernel'),
      initrd_path: join(root, 'dist/os/kernel+initrd/os-initrd.img'),
      boot_args: 'console=ttyS0 reboot=k',
    },
    drives: [
      { drive_id: 'data', path_on_host: join(state, 'data.iso'), is_root_device: false, is_read_only: true },
    ],
    'machine-config': { vcpu_count: 1, mem_size_mib: 256 },
  });
  expect(readFileSync(join(state, 'data.iso')).includes('hello')).toBe(true);
  // User data may hold secrets.
  expect(statSync(state).mode & 0o777).toBe(0o700);
});

it.each<[string, string, object, object]>([
  ['an unknown name', 'firecraker', {}, { code: 'invalid-option', message: /did you mean firecracker\?$/ }],
  [
    'an option of QEMU',
    'firecracker',
    { like: 'gcp' },
    { code: 'bad-option', message: /^option like: Firecracker/ },
  ],
  [
    'two user data',
    'firecracker',
    { data: 'a', dataFile: 'b' },
    { code: 'bad-option', message: /both say what the user data is$/ },
  ],
])('%s is refused', async (_, on, more, { code, message }: { code?: string; message?: RegExp }) => {
  await expect(startOn(on, { os }, more, context)).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message!),
    hint: expect.any(String),
  });
});

it('a cloud leaves out options of a machine that is here, and says so', async () => {
  await expect(startOn('aws', {}, { memory: 2048, cpus: 1, publish: ['80:80'] }, context)).rejects.toThrow(
    'option system: aws runs systems of the workspace alone',
  );
  expect(console.log).toHaveBeenCalledWith('warning: aws takes no option memory, publish');
});

it('a file of user data that is not there is named', async () => {
  await expect(userDataText({ dataFile: 'nowhere' }, context)).rejects.toMatchObject({
    message: `option dataFile: cannot read ${join(root, 'nowhere')}`,
  });
});

it.each(['cidata', 'config-2'] as const)('a cloud that takes no text gets a disk %s', async (dataDisk) => {
  const bytes = await userDataBytes({ dataDisk }, { name: 'os-123456', text: 'the user data' });
  expect(bytes.toString('latin1', 0x8001, 0x8006)).toBe('CD001');
  expect(bytes.toString('latin1', 0x8028, 0x8048).trim()).toBe(dataDisk);
  expect(bytes.includes('the user data')).toBe(true);
});
