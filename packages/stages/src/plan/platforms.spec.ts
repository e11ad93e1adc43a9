import { readFileSync } from 'node:fs';
import { indexOf, randomImage } from '@nx-linuxkit/testing';
import { TestWorkspace } from '../__tests__/test-workspace.js';

const ARCHITECTURES = ['amd64', 'arm64', 'riscv64'];
let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = new TestWorkspace();
  const images = await Promise.all(
    ARCHITECTURES.map((architecture, i) =>
      randomImage(i + 1, {
        platform: { os: 'linux', architecture },
        layers: [{ entries: [{ name: architecture, body: architecture }] }],
      }),
    ),
  );
  workspace.addImage('multi', indexOf(images));
  workspace.addImage('riscv', images[2]);
});
afterAll(() => workspace.remove());

it.each(ARCHITECTURES)('an index gives the image for %s, on any host', async (architecture) => {
  const platform = `linux/${architecture}`;
  const yaml = `init: [test/multi]\nplatforms: [${platform}]\n`;
  await workspace.build(architecture, yaml, ['tar'], {}, platform);
  const tree = await workspace.tar(architecture);
  expect(ARCHITECTURES.filter((name) => tree.get(name))).toEqual([architecture]);
});

it('the lock has every platform of the YAML, and the platform that a build asks for', async () => {
  const yaml = 'init: [test/multi]\nplatforms: [linux/amd64, linux/arm64]\n';
  await workspace.build('several', yaml, ['tar'], {}, 'linux/riscv64');
  const lock = JSON.parse(readFileSync(workspace.path('several/linuxkit.lock.json'), 'utf8'));
  expect(Object.keys(lock.images['test/multi'])).toEqual(ARCHITECTURES.map((name) => `linux/${name}`));
});

it.each([
  ['an image for another platform', 'riscv', 'platform-mismatch'],
  ['an index without the platform', 'multi', 'unknown-platform'],
])('%s is an error at the place that names it', async (_, image, code) => {
  const platform = image === 'multi' ? 'linux/s390x' : 'linux/amd64';
  const yaml = `platforms: [${platform}]\ninit:\n  - test/${image}\n`;
  await expect(workspace.build(`error-${image}`, yaml, ['tar'], {}, platform)).rejects.toMatchObject({
    code,
    where: { file: `error-${image}/linuxkit.yml`, line: 3 },
  });
});
