import { checkOptions } from './options/check-options.js';
import { convert } from './build/convert.js';
import { prepareBoot } from './boot/prepare-boot.js';
import { pushedSystem } from './pushed-system.js';

const TAG = 'oci://registry.example/systems/my-os:1.0';
const DIGEST = `oci://registry.example/systems/my-os@sha256:${'0'.repeat(64)}`;
const context = { projectName: 'edge', targetName: 'disk', root: '/', nxJsonConfiguration: {} } as never;

test('a system is named by a URL of a registry, and its files by the repository', async () => {
  const target = { targetName: 'disk' };
  expect(await pushedSystem(TAG, target as never)).toEqual({
    reference: 'registry.example/systems/my-os:1.0',
    name: 'my-os',
    isPinned: false,
  });
  for (const text of ['registry.example/systems/my-os:1.0', './my-os', 'oci:folder', '']) {
    await expect(pushedSystem(text, target as never)).rejects.toMatchObject({ code: 'bad-option' });
  }
  await expect(pushedSystem('oci://', target as never)).rejects.toMatchObject({ code: 'invalid-reference' });
});

test('a cached target takes a system by its digest alone, because a tag may move', async () => {
  const cached = { targetName: 'disk', target: { cache: true } };
  await expect(pushedSystem(TAG, cached as never)).rejects.toMatchObject({ code: 'bad-option' });
  expect(await pushedSystem(DIGEST, cached as never)).toMatchObject({ isPinned: true });
});

test.each([
  [{ os: {}, formats: ['raw-efi'] }, 'bad-option', 'builds the YAML of its project'],
  [{ file: 'a.yml', formats: ['raw-efi'] }, 'bad-option', 'the option file is about a YAML'],
  [{ set: 'A=b', formats: ['raw-efi'] }, 'bad-option', 'the option set is about a YAML'],
  [{ verify: true, formats: ['raw-efi'] }, 'bad-option', 'the option verify is about a YAML'],
  [{}, 'missing-option', 'lacks the option formats'],
])('a conversion with %j is refused before a registry is asked', async (options, code, message) => {
  await expect(convert(options as never, TAG, context)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test('a conversion has no platform unless an option names one: the system has its own', () => {
  const { projectName, targetName } = context;
  const checked = checkOptions('build', { system: TAG, formats: ['raw-efi'] }, { projectName, targetName });
  expect(checked).not.toHaveProperty('platform');
});

test('a boot needs a system, of the workspace or of a registry, in a format that QEMU boots', async () => {
  await expect(prepareBoot({}, {}, context)).rejects.toMatchObject({ code: 'missing-option' });
  await expect(prepareBoot({ system: TAG, format: 'tar' }, {}, context)).rejects.toMatchObject({
    code: 'invalid-option',
  });
  await expect(prepareBoot({ system: TAG, format: 'trs' }, {}, context)).rejects.toMatchObject({
    code: 'unknown-format',
  });
});
