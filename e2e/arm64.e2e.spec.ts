import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest, mediumOf } from '@nx-linuxkit/machine';
import { build, identify, openEnvironment, parseOsFile, type OsFile } from '@nx-linuxkit/stages';

const IMAGES = join(__dirname, '..', 'images');
const PLATFORM = 'linux/arm64';
const YAML = `kernel:
  image: '@pkg:@nx-linuxkit/images/kernel'
  cmdline: console=ttyAMA0
init:
  - '@pkg:@nx-linuxkit/images/init'
  - '@pkg:@nx-linuxkit/images/runc'
onboot:
  - name: sysctl
    image: '@pkg:@nx-linuxkit/images/sysctl'
  - name: binfmt
    image: '@pkg:@nx-linuxkit/images/binfmt'
  - name: poweroff
    image: '@pkg:@nx-linuxkit/images/poweroff'
    command: [/poweroff, '3']
platforms: [${PLATFORM}]
`;

let workspace: string;
beforeAll(() => {
  workspace = mkdtempSync(join(tmpdir(), 'nx-linuxkit-arm64-'));
  mkdirSync(join(workspace, 'node_modules/@nx-linuxkit'), { recursive: true });
  mkdirSync(join(workspace, 'tiny'));
  symlinkSync(IMAGES, join(workspace, 'node_modules/@nx-linuxkit/images'));
  writeFileSync(join(workspace, 'package.json'), '{}');
  writeFileSync(join(workspace, 'tiny/linuxkit.yml'), YAML);
});
afterAll(() => rmSync(workspace, { recursive: true, force: true }));

it('an OS for arm64 is assembled on any host, and boots', async () => {
  const os = identify(parseOsFile('tiny/linuxkit.yml') as OsFile, 'tiny', {
    platform: PLATFORM,
    firstPlatform: PLATFORM,
  });
  const formats = ['kernel+initrd'];
  const environment = openEnvironment(workspace, {});
  await build(environment, { os, formats, frozen: true, lockCommand: '' }, () => undefined);
  const { console } = await bootTest({
    arch: 'arm64',
    accel: 'tcg',
    medium: mediumOf('kernel+initrd', join(workspace, 'dist/tiny/kernel+initrd/tiny')) as never,
    memory: 1024,
    timeout: 500,
    consoleLog: join(workspace, 'console.log'),
    expect: ['binfmt_misc is mounted', 'Power down'],
    failOn: [/onboot: .* failed/],
    powerOff: true,
  });
  expect(console).toMatch(/Machine model: linux,dummy-virt/);
}, 600_000);
