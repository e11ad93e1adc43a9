import {
  BOOT_IMAGES,
  bootYaml,
  debianImages,
  pushDebianImages,
  startRegistry,
  type TestRegistry,
} from '@nx-linuxkit/testing';
import { Workspace } from './workspace/workspace.js';

const PROJECT = {
  name: 'my-os',
  targets: {
    'boot-test': {
      options: {
        memory: 512,
        publish: ['0:8080'],
        http: [{ port: 8080 }],
        timeout: 180,
      },
    },
  },
};

/** Builds a system from images of Debian packages, which come from a registry by tag, until its server answers. */
describe('the main job', () => {
  let registry: TestRegistry;
  let workspace: Workspace;

  beforeAll(async () => {
    registry = await startRegistry();
    const references = await pushDebianImages(await debianImages(), registry.host, [...BOOT_IMAGES]);
    workspace = await Workspace.create({
      files: {
        'apps/my-os/linuxkit.yml': bootYaml(references),
        'apps/my-os/project.json': JSON.stringify(PROJECT),
      },
    });
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  test('an OS of kernel, init, runc, onboot and a service is locked, built, booted, and answers HTTP', async () => {
    await workspace.succeed('lock', 'my-os');
    const run = await workspace.succeed('boot-test', 'my-os');
    expect(run.output).toContain('boot-test my-os kernel+initrd');
    const log = workspace.read('.linuxkit/my-os/boot-test/kernel+initrd/console.log');
    expect(log).toContain('Linux version');
    expect(log).not.toContain('Initramfs unpacking failed');
  });

  test('a boot test is cached like any test', async () => {
    expect((await workspace.succeed('boot-test', 'my-os')).executed).toEqual([]);
  });

  test('an undeclared format is made, boots with the same options, and has a cache entry of its own', async () => {
    const test = ['boot-test', 'my-os', '--format=iso-bios'];
    const run = await workspace.succeed(...test);
    expect(run.output).toContain('boot-test my-os iso-bios');
    expect(workspace.exists('dist/apps/my-os/iso-bios/my-os.iso')).toBe(true);
    expect(workspace.read('.linuxkit/my-os/boot-test/iso-bios/console.log')).toContain('Linux version');
    expect((await workspace.succeed(...test)).executed).toEqual([]);
    expect((await workspace.succeed('boot-test', 'my-os')).executed).toEqual([]);
  });

  test('a boot test fails with the end of the console if it does not see what it expects', async () => {
    const run = await workspace.nx('boot-test', 'my-os', '--timeout=40', '--expect=no such greeting');
    expect(run.code).not.toBe(0);
    expect(run.output).toContain('no such greeting');
    expect(run.output).toMatch(/Run \/init as init process|reboot: Power down|crng init done/);
    expect(run.output).not.toMatch(/^\s+at .*\.js:\d+/m);
  });

  test.each([
    ['an option without meaning', ['--publish=nonsense'], 'nonsense'],
    ['a QEMU that does not exist', ['--qemu=/no/such/qemu'], '/no/such/qemu'],
  ])('a boot with %s says so, and the command fails', async (_, options, message) => {
    const run = await workspace.nx('boot', 'my-os', ...options);
    expect(run.output).toContain(message);
    expect(run.code).not.toBe(0);
  });
});
