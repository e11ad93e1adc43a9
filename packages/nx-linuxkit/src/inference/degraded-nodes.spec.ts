import { targetName } from '@nx-linuxkit/stages/plan';
import type { PluginOptions } from '../options.js';
import { OS, init, inferenceWorkspace, lock } from './__tests__/infer.js';
import { reportKinds } from './report-targets.js';
import { NO_NPM_PACKAGE } from './target.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

/** What the targets that show a system are called. */
const REPORTS = reportKinds.map((kind) => targetName(kind, {}));

/** What a system has beside its targets. */
const system = (name: string) => ({
  name,
  root: name,
  projectType: 'application',
  tags: ['linuxkit:os'],
  namedInputs: { linuxkit: [] },
  metadata: {
    technologies: ['linuxkit'],
    description: `Bootable Linux system ${name} for linux/amd64, from ${name}/linuxkit.yml`,
    targetGroups: {
      'Build and boot': ['build', 'boot', 'boot-test', 'dev', 'lock'],
      Formats: ['kernel+initrd', 'tar'],
      'Reports and uploads': [...REPORTS, 'push-os'],
    },
  },
});

describe('a system that cannot be planned', () => {
  it('broken YAML keeps its targets, which say where it is broken', async () => {
    const projects = await infer({
      'bad/linuxkit.yml': 'init:\n  - init:1\nservice: []\n',
      'good/linuxkit.yml': init('init:1'),
      'good/linuxkit.lock.json': lock(['init:1']),
    });
    const refused = {
      executor: 'nx-linuxkit:invalid',
      cache: false,
      inputs: [NO_NPM_PACKAGE],
      options: {
        message:
          'bad/linuxkit.yml:3:1: unknown key "service" in the document, did you mean "services"? (allowed: extends, ' +
          'kernel, init, volumes, onboot, onshutdown, services, files, trust, outputs, imageStore, platforms, variables, ' +
          'variants)',
      },
      metadata: { technologies: ['linuxkit'], description: 'bad/linuxkit.yml cannot be read' },
    };
    expect(projects.bad).toEqual({
      ...system('bad'),
      targets: {
        build: refused,
        boot: refused,
        'boot-test': refused,
        dev: refused,
        ...Object.fromEntries(REPORTS.map((name) => [name, refused])),
        lock: refused,
        'push-os': refused,
        'kernel+initrd': refused,
        tar: refused,
      },
    });
    expect(projects).toHaveProperty(['good@initramfs']);
  });

  it('a wrong option in nx.json fails each system with what is wrong, and not the graph', async () => {
    const options = { insecur: ['a:5000'] } as PluginOptions;
    const files = { 'os/linuxkit.yml': init('init:1'), 'os/linuxkit.lock.json': lock(['init:1']) };
    const { os, ...others } = await infer(files, { options });
    expect(others).toEqual({});
    expect(Object.values(os.targets ?? {})).toHaveLength(8 + reportKinds.length);
    for (const { executor, options: given } of Object.values(os.targets ?? {})) {
      expect(executor).toBe('nx-linuxkit:invalid');
      expect(given.message).toMatch(
        /^nx.json: the plugin has no option "insecur", did you mean "insecure"\?/,
      );
    }
    await expect(infer(files, { options: { ...options, strict: true } })).rejects.toMatchObject({
      code: 'bad-option',
    });
  });

  it('broken YAML fails the whole graph where that is asked for', async () => {
    await expect(infer({ 'bad/linuxkit.yml': 'init: 1\n' }, { options: { strict: true } })).rejects.toThrow();
  });

  it.each([
    [
      'a broken lock',
      { 'os/linuxkit.yml': init('init:1'), 'os/linuxkit.lock.json': '{' },
      'linuxkit.lock.json',
    ],
    ['a package that is not there', { 'os/linuxkit.yml': init('"@pkg:../gone"') }, '@pkg:../gone'],
  ])('%s', async (_, files, part) => {
    const { os } = await infer(files);
    expect(os.targets?.build.executor).toBe('nx-linuxkit:invalid');
    expect(os.targets?.build.options.message).toContain(part);
  });

  it('without a lock runs the whole pipeline as one task', async () => {
    const { 'my-os': project } = await infer({ 'my-os/linuxkit.yml': OS });
    const made = (...formats: string[]) => ({
      executor: 'nx-linuxkit:build',
      cache: false,
      dependsOn: [],
      inputs: [NO_NPM_PACKAGE, 'linuxkit'],
      options: {
        formats,
        os: {
          dist: 'dist/my-os',
          file: 'my-os/linuxkit.yml',
          name: 'my-os',
          platform: 'linux/amd64',
          root: 'my-os',
        },
      },
      metadata: {
        technologies: ['linuxkit'],
        description: `Lock my-os/linuxkit.yml and make ${formats.join(', ')} in one task`,
      },
    });
    const os = { file: 'my-os/linuxkit.yml', name: 'my-os' };
    expect(project).toEqual({
      ...system('my-os'),
      targets: {
        build: made('kernel+initrd'),
        'kernel+initrd': made('kernel+initrd'),
        tar: made('tar'),
        boot: expect.objectContaining({ executor: 'nx-linuxkit:boot', dependsOn: ['kernel+initrd'] }),
        'boot-test': {
          executor: 'nx-linuxkit:boot-test',
          cache: false,
          continuous: false,
          dependsOn: ['kernel+initrd'],
          inputs: [NO_NPM_PACKAGE],
          options: { os, format: 'kernel+initrd' },
          metadata: { technologies: ['linuxkit', 'qemu'], description: 'boot-test of my-os' },
        },
        dev: expect.objectContaining({
          executor: 'nx-linuxkit:dev',
          continuous: true,
          dependsOn: ['kernel+initrd'],
          options: { os },
        }),
        ...Object.fromEntries(
          reportKinds.map((kind) => [
            targetName(kind, {}),
            expect.objectContaining({ executor: `nx-linuxkit:${kind}`, cache: false, options: { os } }),
          ]),
        ),
        size: expect.objectContaining({ executor: 'nx-linuxkit:size', dependsOn: ['kernel+initrd'] }),
        lock: {
          executor: 'nx-linuxkit:lock',
          cache: false,
          inputs: [NO_NPM_PACKAGE],
          options: { file: 'my-os/linuxkit.yml' },
          metadata: expect.objectContaining({
            description: 'Pin every image reference to its digest in the lock file',
          }),
        },
        'push-os': {
          executor: 'nx-linuxkit:push-os',
          cache: false,
          dependsOn: ['build'],
          inputs: [NO_NPM_PACKAGE],
          options: { os },
          metadata: expect.objectContaining({ technologies: ['linuxkit', 'oci'] }),
        },
      },
    });
  });
});
