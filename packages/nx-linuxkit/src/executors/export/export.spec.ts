import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { layoutOf, randomImage } from '@nx-linuxkit/testing';
import type { ImageNode } from '@nx-linuxkit/stages/plan';
import exportExecutor from './index.js';

const root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-export-'));
const context = {
  root,
  cwd: join(root, 'here'),
  nxJsonConfiguration: { plugins: [{ plugin: 'nx-linuxkit', options: { store: 'store' } }] },
} as unknown as ExecutorContext;
let image: ImageNode;

beforeAll(async () => {
  jest.spyOn(console, 'log').mockImplementation();
  jest.spyOn(console, 'error').mockImplementation();
  const made = await randomImage(1, {
    layers: [{ entries: [{ name: 'boot/dtb/a.dtb', body: 'device tree' }] }],
  });
  layoutOf(made, join(root, 'app'));
  mkdirSync(context.cwd);
  const { digest } = made.manifest.descriptor;
  const source = { kind: 'pulled', digest, from: 'oci:app' } as const;
  image = { id: 'oci/app', root: '.linuxkit/images/app', platform: 'linux/amd64', source };
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('writes the file beside the folder where Nx was started, and nothing else there', async () => {
  expect(await exportExecutor({ image, outputFile: 'out/app.tar' }, context)).toEqual({ success: true });
  expect(readFileSync(join(root, 'here/out/app.tar'), 'latin1')).toContain('oci-layout');
  expect(readdirSync(join(root, 'here/out'))).toEqual(['app.tar']);
});

it('a path takes one file out of the image', async () => {
  await exportExecutor({ image, outputFile: 'a.dtb', path: 'boot/dtb/a.dtb' }, context);
  expect(readFileSync(join(root, 'here/a.dtb'), 'utf8')).toBe('device tree');
});

it('a path that the image lacks fails, and leaves no file', async () => {
  const { success } = await exportExecutor({ image, outputFile: 'none', path: 'boot/dts' }, context);
  expect([success, readdirSync(join(root, 'here')).includes('none')]).toEqual([false, false]);
});
