import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ARCHITECTURES } from '@nx-linuxkit/debian';
import { identify } from './identify.js';
import { PACKAGE_PLATFORMS } from './package-platforms.js';
import { parseOsFile, type OsFile } from './project-name.js';
import { readPlan } from './read-plan.js';

const root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-platforms-'));
const FILE = 'os/linuxkit.yml';
beforeAll(() => {
  mkdirSync(join(root, 'os'));
  mkdirSync(join(root, 'app'));
  writeFileSync(join(root, 'app/build.yml'), 'image: app\n');
});
afterAll(() => rmSync(root, { recursive: true }));

function planFor(platform: string, image: string) {
  writeFileSync(
    join(root, FILE),
    `services:\n  - name: app\n    image: "${image}"\nplatforms:\n  - ${platform}\n`,
  );
  return readPlan(root, FILE, {}).plan(identify(parseOsFile(FILE) as OsFile, 'os', platform, platform));
}

test('packages are made for the architectures of the package debian', () => {
  expect(PACKAGE_PLATFORMS).toEqual(ARCHITECTURES.map((name) => `linux/${name}`));
});

test.each(PACKAGE_PLATFORMS)('a system of packages for %s has a plan', (platform) => {
  expect(planFor(platform, '@pkg:../app').images).toHaveLength(1);
});

test.each([
  ['linux/arm', 'Did you mean linux/arm64?'],
  ['linux/arm/v7', 'Did you mean linux/arm64?'],
  ['linux/amd46', 'Did you mean linux/amd64?'],
  ['linux/s390x', 'Use images of a registry for this platform.'],
])('a package for %s is one error at the place of the platform', (platform, hint) => {
  expect(() => planFor(platform, '@pkg:../app')).toThrow(
    expect.objectContaining({ code: 'unsupported', where: { file: FILE, line: 5, column: 5 }, hint }),
  );
});

test.each([
  ['@pkg:../ap', 'Did you mean `@pkg:../app`?'],
  ['@pkg:../App', 'Did you mean `@pkg:../app`?'],
  ['@pkg:app2', 'Did you mean `@pkg:app`?'],
  [
    '@pkg:../web',
    'Name a folder that holds a build.yml or a Dockerfile, or install the npm package that has it.',
  ],
])('the package %s is not there: %s', (reference, hint) => {
  expect(() => planFor('linux/amd64', reference)).toThrow(
    expect.objectContaining({ code: 'missing-file', where: { file: FILE, line: 3, column: 12 }, hint }),
  );
});
