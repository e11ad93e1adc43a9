import { MY_OS, OS, init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

const NODES = [
  'my-os',
  'my-os@initramfs',
  'my-os@oci-config',
  'my-os@verify',
  'oci@kernel-1111111',
  'oci@web-2222222',
  'oci@kernel-1111111@kernel',
  'oci@web-2222222@services',
];

it('a system has these nodes', async () => {
  expect(Object.keys(await infer(MY_OS))).toEqual(NODES);
});

it('nodes do not depend on comments, spaces or the order of keys', async () => {
  const [before, after] = [
    await infer(MY_OS),
    await infer({
      ...MY_OS,
      'apps/my-os/linuxkit.yml': `# comment\n${OS.replace('console=ttyS0', '"console=ttyS0"')}`,
    }),
  ];
  expect(after).toEqual(before);
});

it('no node shows an env, because nx graph shows options', async () => {
  const secret = { ...MY_OS, 'apps/my-os/linuxkit.yml': `${OS}    env: [PASSWORD=hunter2]\n` };
  expect(JSON.stringify(await infer(secret))).not.toContain('hunter2');
});

describe('a workspace', () => {
  const files = { 'my-os/linuxkit.yml': init('init:1'), 'my-os/linuxkit.lock.json': lock(['init:1']) };

  it('whose nx.json lacks our named input', async () => {
    const projects = await infer(files, { nxJson: {} });
    for (const { namedInputs } of Object.values(projects)) expect(namedInputs).toHaveProperty('linuxkit');
    expect(JSON.stringify(projects)).not.toContain('^linuxkit');
  });

  it('whose named inputs look for files in every project', async () => {
    const projects = await infer(files, { nxJson: { namedInputs: { production: ['{projectRoot}/**/*'] } } });
    expect(projects['my-os@initramfs'].namedInputs).toMatchObject({ default: [], production: [] });
  });

  it('with default formats of their own', async () => {
    const yaml = 'init:\n  - init:1\n';
    const options = { outputs: ['tar', 'kernel+initrd'] };
    const projects = await infer({ ...files, 'my-os/linuxkit.yml': yaml }, { options });
    expect(projects['my-os'].targets?.build.dependsOn).toEqual(['tar', 'kernel+initrd']);
  });
});

describe('trustedCache: false', () => {
  const unlocked = { 'apps/new/linuxkit.yml': init('init:1') };
  const invalid = { 'apps/broken/linuxkit.yml': 'init: {' };
  const files = { ...MY_OS, ...unlocked, ...invalid };

  it('leaves no task of any node to the cache of Nx', async () => {
    const projects = await infer(files, { options: { trustedCache: false } });
    expect(Object.keys(projects).sort()).toEqual([...NODES, 'broken', 'new'].sort());
    for (const [name, { targets = {} }] of Object.entries(projects)) {
      for (const [target, { cache }] of Object.entries(targets)) {
        expect({ name, target, cache }).toEqual({ name, target, cache: false });
      }
    }
  });

  it('decides no byte, so that it changes nothing else, and no key', async () => {
    const cached = (projects: Awaited<ReturnType<typeof infer>>) =>
      JSON.parse(JSON.stringify(projects, (key, value) => (key === 'cache' ? undefined : value)));
    const [before, after] = [await infer(files), await infer(files, { options: { trustedCache: false } })];
    expect(after).not.toEqual(before);
    expect(cached(after)).toEqual(cached(before));
  });

  it.each([undefined, true])('with %s, tasks are cached', async (trustedCache) => {
    expect(await infer(files, { options: { trustedCache } })).toEqual(await infer(files));
  });
});
