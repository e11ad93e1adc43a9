import { indexOf, pushTo, startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { systemImage } from './graph/images.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

/**
 * Two YAMLs as production users of LinuxKit generate them, each written once: a template for kernels and architectures, as
 * tinkerbell/hook has it, and modifiers of a base, as lf-edge/eve has them. They give the bytes of the generated files.
 */
describe('one YAML in place of generated ones', () => {
  let registry: TestRegistry;
  let workspace: Workspace;
  const tar = (path: string) => workspace.bytes(`dist/${path}.tar`);

  beforeAll(async () => {
    registry = await startRegistry();
    const { host } = registry;
    for (const [tag, revision] of [
      ['5.15', 1],
      ['6.6', 2],
    ] as const) {
      const images = ['amd64', 'arm64'].map((architecture) => systemImage('kernel', revision, architecture));
      await pushTo(registry, indexOf(await Promise.all(images)), `kernel:${tag}`);
    }
    for (const word of ['init', 'web', 'clock'] as const) {
      const images = ['amd64', 'arm64'].map((architecture) => systemImage(word, 1, architecture));
      await pushTo(registry, indexOf(await Promise.all(images)), `${word}:1`);
    }
    workspace = await Workspace.create({
      env: IN_PROCESS,
      files: {
        'hook/linuxkit.yml': `variables:
  KERNEL: "6.6"
  ARCH: amd64
  CONSOLE: ttyS0
  COMMIT: {default: dev, env: true}
variants:
  lts: {KERNEL: "5.15"}
  latest-arm64: {ARCH: arm64, CONSOLE: ttyAMA0}
${hook(host, '${KERNEL}', '${ARCH}', '${CONSOLE}', '${COMMIT}')}`,
        'generated/plain/linuxkit.yml': hook(host, '6.6', 'amd64', 'ttyS0', 'dev'),
        'generated/lts/linuxkit.yml': hook(host, '5.15', 'amd64', 'ttyS0', 'dev'),
        'generated/arm/linuxkit.yml': hook(host, '6.6', 'arm64', 'ttyAMA0', 'dev'),
        'eve/linuxkit.yml': rootfs(host),
        'eve/kubevirt.linuxkit.yml': `extends: [linuxkit.yml]
kernel: {cmdline: rootdelay=3}
services:
  - {name: vtpm, $patch: delete}
  - {name: pillar, image: "${host}/clock:1", env: [HV=kubevirt], $patch: replace}
  - {name: kube, image: "${host}/web:1"}
files:
  - {path: /etc/eve-hv-type, contents: kubevirt, $patch: replace}
`,
        'generated/kubevirt/linuxkit.yml': kubevirt(host),
        'eve/project.json': JSON.stringify({ name: 'eve' }),
        'hook/project.json': JSON.stringify({
          name: 'hook',
          targets: {
            os: {
              executor: 'nx-linuxkit:build',
              options: { file: 'hook/linuxkit.yml', variant: 'lts', formats: ['tar'] },
            },
          },
        }),
      },
    });
    await workspace.succeed('run-many', '-t', 'lock');
    workspace.commit();
    await workspace.succeed('run-many', '-t', 'build');
  });
  afterAll(async () => {
    await workspace?.stop();
    await registry?.stop();
  });

  it.each([
    ['hook/tar/hook', 'generated/plain/tar/plain'],
    ['hook/lts/tar/hook-lts', 'generated/lts/tar/lts'],
    ['hook/latest-arm64/tar/hook-latest-arm64', 'generated/arm/tar/arm'],
    ['eve/kubevirt/tar/eve-kubevirt', 'generated/kubevirt/tar/kubevirt'],
  ])('%s has the bytes of %s', (one, generated) => {
    expect(tar(one).length).toBeGreaterThan(1000);
    expect(tar(one).equals(tar(generated))).toBe(true);
  });

  it('a changed value of one variant re-runs that variant alone', async () => {
    workspace.edit('hook/linuxkit.yml', (text) => text.replace('CONSOLE: ttyAMA0', 'CONSOLE: ttyS1'));
    const { executed } = await workspace.succeed('run-many', '-t', 'build', '-p', 'hook*');
    expect(executed).toEqual(['hook-latest-arm64:tar']);
    workspace.edit('hook/linuxkit.yml', (text) => text.replace('CONSOLE: ttyS1', 'CONSOLE: ttyAMA0'));
  });

  it('the environment gives a value, and another value is another task', async () => {
    const build = async (COMMIT: string) =>
      (await workspace.nxWith({ env: { COMMIT } }, 'tar', 'hook')).executed;
    expect(await build('one')).toContain('hook:tar');
    expect(tar('hook/tar/hook').toString('latin1')).toContain('commit=one');
    expect(await build('two')).toContain('hook:tar');
    expect(tar('hook/tar/hook').toString('latin1')).toContain('commit=two');
    expect(await build('one')).toEqual([]);
    expect(tar('hook/tar/hook').toString('latin1')).toContain('commit=one');
  });

  it('a target of nx-linuxkit:build takes values on the command line', async () => {
    await workspace.succeed('os', 'hook', '--set', 'COMMIT=a=b', '--set', 'CONSOLE=hvc0');
    const text = tar('hook/lts/tar/hook-lts').toString('latin1');
    expect(text).toContain('commit=a=b');
    expect(text).toContain('console=hvc0');
  });

  it('a value for a variable that the YAML does not declare is one clear error', async () => {
    const run = await workspace.nx('os', 'hook', '--set', 'COMIT=x');
    expect(run.code).not.toBe(0);
    expect(run.output).toContain(
      'hook/linuxkit.yml: --set COMIT: no variable is called "COMIT", did you mean "COMMIT"?',
    );
    expect(run.output).not.toMatch(/^ +at /m);
  });
});

function hook(host: string, kernel: string, arch: string, console: string, commit: string): string {
  return `kernel:
  image: ${host}/kernel:${kernel}
  cmdline: "console=${console}"
init:
  - ${host}/init:1
services:
  - name: boots
    image: ${host}/web:1
files:
  - path: etc/release
    contents: |
      arch=${arch}
      commit=${commit}
platforms:
  - linux/${arch}
outputs:
  - format: tar
`;
}

function rootfs(host: string): string {
  return `kernel:
  image: ${host}/kernel:6.6
init:
  - ${host}/init:1
services:
  - {name: pillar, image: "${host}/clock:1"}
  - {name: vtpm, image: "${host}/web:1"}
files:
  - {path: /etc/eve-hv-type, contents: kvm}
outputs:
  - format: tar
`;
}

function kubevirt(host: string): string {
  return `kernel:
  image: ${host}/kernel:6.6
  cmdline: rootdelay=3
init:
  - ${host}/init:1
services:
  - {name: pillar, image: "${host}/clock:1", env: [HV=kubevirt]}
  - {name: kube, image: "${host}/web:1"}
files:
  - {path: /etc/eve-hv-type, contents: kubevirt}
outputs:
  - format: tar
`;
}
