import { installedPackage, isInstalled, relockHint } from './relock.js';

const BASE = 'node_modules/@nx-linuxkit/images/sysctl';

it.each([
  [BASE, true],
  ['node_modules/.pnpm/a@1/node_modules/a/x', true],
  ['images/node_modules-like', false],
  ['../outside', false],
])('%s is installed: %s', (folder, installed) => {
  expect(isInstalled(folder)).toBe(installed);
});

it('a package of the workspace is locked by the name of its node, under the name that the target has', () => {
  expect(relockHint('images/app', 'pkg@images-app', 'linux/amd64', {})).toBe('Run "nx lock pkg@images-app".');
  const naming = { targetNames: { lock: 'pin' } };
  expect(relockHint('images/app', 'pkg@images-app', 'linux/amd64', naming)).toBe(
    'Run "nx pin pkg@images-app".',
  );
});

it.each([
  [BASE, '@nx-linuxkit/images'],
  ['node_modules/.pnpm/os-images@1/node_modules/os-images/sysctl', 'os-images'],
])('a package in %s is copied first', (folder, npm) => {
  const { code, hint } = installedPackage(folder, 'linux/amd64', {});
  expect(code).toBe('unsupported');
  expect(hint).toBe(
    `Update the npm package ${npm}, or lock a copy: "mkdir -p images && cp -R ${folder} images/sysctl", ` +
      'write @pkg:images/sysctl in place of its name, then "nx lock pkg@images-sysctl".',
  );
});
