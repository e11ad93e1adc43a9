import { formatNames } from '@nx-linuxkit/formats';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { loaderImages, planFormat } from './format-plan.js';
import { identify } from './identify.js';
import { parseOsFile, type OsFile } from './project-name.js';
import { readPlan } from './read-plan.js';
import type { Settings } from './settings.js';

let workspace: TestWorkspace;
beforeAll(() => {
  workspace = new TestWorkspace();
  for (const name of ['grub-efi', 'isolinux', 'other'])
    workspace.write(`loaders/${name}/build.yml`, `image: ${name}\ncontents: {}\n`);
  for (const name of ['kernel', 'init']) workspace.write(`pkg/${name}/build.yml`, `image: ${name}\n`);
});
afterAll(() => workspace.remove());

const LOADERS = { 'grub-efi': '@pkg:loaders/grub-efi', isolinux: '@pkg:loaders/isolinux' };

function plan(outputs = '', settings: Settings = { loaders: LOADERS }, platform = 'linux/amd64') {
  const yaml = `kernel: {image: '@pkg:pkg/kernel'}\ninit: ['@pkg:pkg/init']\noutputs: [${outputs}]\n`;
  workspace.write('os/linuxkit.yml', yaml);
  const os = identify(parseOsFile('os/linuxkit.yml') as OsFile, 'os', platform, platform);
  return readPlan(workspace.root, 'os/linuxkit.yml', settings).plan(os);
}

const keys = (made: ReturnType<typeof plan>) =>
  Object.fromEntries(formatNames.map((name) => [name, planFormat(made, name).key]));
const changed = (before: ReturnType<typeof keys>, after: ReturnType<typeof keys>) =>
  formatNames.filter((name) => before[name] !== after[name]);

it('a format depends on the nodes of the loaders that it takes boot files from', () => {
  const made = plan();
  const ids = (name: string) => planFormat(made, name).loaders.map(({ id }) => id);
  expect(ids('iso')).toEqual(['pkg@loaders-isolinux', 'pkg@loaders-grub-efi']);
  expect(ids('raw-efi')).toEqual(['pkg@loaders-grub-efi']);
  expect(ids('kernel+initrd')).toEqual([]);
  expect(loaderImages(made)).toHaveLength(2);
  expect(made.images.map(({ id }) => id)).not.toContain('pkg@loaders-isolinux');
});

it('another loader changes the keys of the formats that use it, and of no other', () => {
  const before = keys(plan());
  const after = keys(plan('', { loaders: { ...LOADERS, isolinux: '@pkg:loaders/other' } }));
  expect(changed(before, after)).toEqual(['iso', 'iso-bios']);
});

it('an option changes the key of its format', () => {
  const before = keys(plan('{format: raw-efi}, {format: tar}'));
  expect(changed(before, keys(plan('{format: raw-efi, size: 1G}, {format: tar}')))).toEqual(['raw-efi']);
});

it('uki takes the stub in the place of GRUB', () => {
  const settings = { loaders: { ...LOADERS, 'efi-stub': '@pkg:loaders/other' } };
  const { loaders } = planFormat(plan('{format: raw-efi, uki: true}', settings), 'raw-efi');
  expect(loaders.map(({ id }) => id)).toEqual(['pkg@loaders-other']);
});

it('a format that the platform does not have needs no loader', () => {
  const made = plan('', { loaders: LOADERS }, 'linux/arm64');
  expect(loaderImages(made).map(({ id }) => id)).toEqual(['pkg@loaders-grub-efi@arm64']);
});

it('a workspace without the base set has a plan, and every format that needs no loader', () => {
  const made = plan('', {});
  expect(loaderImages(made)).toEqual([]);
  expect(planFormat(made, 'tar').key).toBe(made.keys.format);
});
