import { logger } from '@nx/devkit';
import { systemNodeName } from '@nx-linuxkit/stages/plan';
import { DIGESTS, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

const FILE = 'apps/hook/linuxkit.yml';
const HOOK = `variables:
  KERNEL: 6.6
  FLAVOR: {default: plain, env: true}
variants:
  lts: {KERNEL: 5.15}
kernel:
  image: kernel:\${KERNEL}
  cmdline: flavor=\${FLAVOR}
init: [init:1]
`;
const LOCK = lock(['kernel:6.6', 'kernel:5.15', 'init:1']);
const hook = (yaml = HOOK) => infer({ [FILE]: yaml, 'apps/hook/linuxkit.lock.json': LOCK });
const systems = (projects: Awaited<ReturnType<typeof infer>>) =>
  Object.keys(projects).filter((name) => projects[name].tags?.includes('linuxkit:os'));

const VARIABLE = 'FLAVOR';
afterEach(() => delete process.env[VARIABLE]);

describe('a YAML with variants', () => {
  it('is a system for each, beside the one without', async () => {
    const projects = await hook();
    expect(projects['hook'].root).toBe('apps/hook');
    expect(projects['hook-lts']).toMatchObject({
      root: '.linuxkit/variants/apps/hook/linuxkit.yml/lts',
      targets: {
        tar: {
          outputs: ['{workspaceRoot}/dist/apps/hook/lts/tar'],
          options: { os: { file: FILE, variant: 'lts' } },
        },
        build: { options: { os: { variant: 'lts' } } },
        lock: { options: { file: FILE } },
      },
    });
  });

  it('systems share the images and segments that are the same in both', async () => {
    const projects = Object.values(await hook());
    const optionsOf = (stage: string) => {
      const targets = projects.flatMap(({ targets = {} }) => Object.values(targets));
      return targets.map(({ options }) => options).filter((options) => options?.stage === stage);
    };
    expect(optionsOf('pull').map(({ image }) => image.source.digest)).toEqual(
      expect.arrayContaining([...DIGESTS]),
    );
    expect([optionsOf('pull'), optionsOf('segment')].map(({ length }) => length)).toEqual([3, 3]);
  });

  it('without a value for the file by itself, only the variants are systems', async () => {
    const projects = await hook(HOOK.replace('KERNEL: 6.6', 'KERNEL:'));
    expect(systems(projects)).toEqual(['hook-lts']);
  });

  it('a fault of one variant is that variant’s alone', async () => {
    const yaml = HOOK.replace('lts: {KERNEL: 5.15}', 'lts: {KERNEL: 5.15}\n  bad: {KERNEL: "a b"}');
    const projects = await hook(yaml);
    expect(projects['hook-bad'].targets?.build.options.message).toMatch(
      /^apps\/hook\/linuxkit\.yml:8:10: kernel\.image: expected a reference of an image, got "kernel:a b"/,
    );
    expect(projects['hook-lts'].targets?.build.executor).toBe('nx-linuxkit:stage');
  });

  it('a fault of the variables is that of the file', async () => {
    const projects = await hook(HOOK.replace('{KERNEL: 5.15}', '{KERNL: 5.15}'));
    expect(projects['hook'].targets?.build.options.message).toContain(`${FILE}:5:9: `);
  });

  it('a variant and a second platform of one name are two projects', async () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation();
    const yaml = `${HOOK.replace('lts:', 'arm64:')}platforms: [linux/amd64, linux/arm64]\n`;
    expect(systems(await hook(yaml))).toEqual(expect.arrayContaining(['hook', 'hook-arm64']));
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('another project is called hook-arm64'));
  });
});

describe('values in keys', () => {
  const keys = async (yaml?: string) => {
    const { hook: base, 'hook-lts': lts } = await hook(yaml);
    return [base, lts].map(({ targets }) => targets?.tar.options.key);
  };

  it('a variable counts by its value: another way to write the same value is the same key', async () => {
    const [before, after] = [
      await keys(),
      await keys(HOOK.replace('KERNEL: 6.6', 'KERNEL: {default: "6.6"}')),
    ];
    expect(after).toEqual(before);
  });

  it('another value of one variant changes the keys of that variant alone', async () => {
    const [before, after] = [await keys(), await keys(HOOK.replace('{KERNEL: 5.15}', '{KERNEL: 6.6}'))];
    expect(after[0]).toBe(before[0]);
    expect(after[1]).not.toBe(before[1]);
  });

  it('the environment counts, and is an input of every task whose key has it', async () => {
    const before = await keys();
    process.env[VARIABLE] = 'other';
    expect((await keys())[0]).not.toBe(before[0]);
    const projects = await hook();
    const nodes = (['initramfs', 'oci-config', 'verify'] as const).map((kind) =>
      systemNodeName('hook', kind),
    );
    for (const name of ['hook', ...nodes]) {
      expect(projects[name].namedInputs?.linuxkit).toContainEqual({ env: VARIABLE });
    }
  });

  it('without env: true the environment does not count', async () => {
    const yaml = HOOK.replace('env: true', 'env: false');
    const before = await keys(yaml);
    process.env[VARIABLE] = 'other';
    expect(await keys(yaml)).toEqual(before);
  });
});
