import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import { bootableSystem } from './bootable-system.js';

const root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-boot-'));
// Locks may be written, also where CI is set.
const options = { images: { 'test/kernel': 'oci:kernel' }, store: 'store', frozen: false };
const context = {
  root,
  nxJsonConfiguration: { plugins: [{ plugin: 'nx-linuxkit', options }] },
} as unknown as ExecutorContext;
const os = { name: 'os', file: 'os/linuxkit.yml' };

beforeAll(async () => {
  jest.spyOn(console, 'log').mockImplementation();
  const entries = [{ name: 'kernel', body: 'the kernel' }];
  layoutOf(await randomImage(1, { layers: [{ entries }] }), join(root, 'kernel'));
  mkdirSync(join(root, 'os'));
  writeFileSync(join(root, os.file), 'kernel: {image: test/kernel, tar: none, cmdline: console=ttyS0}\n');
});
afterAll(() => rmSync(root, { recursive: true }));

it('a format that the graph did not make is made, and boots with its command line the first time', async () => {
  const { target } = await bootableSystem(os, 'kernel+initrd', {}, context);
  const file = (suffix: string) => join(root, `dist/os/kernel+initrd/os${suffix}`);
  expect(target).toEqual({
    arch: 'amd64',
    medium: {
      kind: 'kernel',
      kernel: file('-kernel'),
      initrd: file('-initrd.img'),
      cmdline: 'console=ttyS0',
    },
  });
});

it('a format that no machine boots is refused before it is made', async () => {
  await expect(bootableSystem(os, 'tar', {}, context)).rejects.toMatchObject({ code: 'invalid-option' });
});

it('a system that has lost its kernel does not boot the kernel of an earlier build', async () => {
  await bootableSystem(os, 'kernel+initrd', {}, context);
  writeFileSync(join(root, os.file), 'init: [test/kernel]\n');
  await expect(bootableSystem(os, 'kernel+initrd', {}, context)).rejects.toMatchObject({
    code: 'no-kernel',
    message: 'the system has no kernel, so that nothing can boot it',
    where: { file: 'os/linuxkit.yml' },
  });
});
