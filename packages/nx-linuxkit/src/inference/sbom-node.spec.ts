import { MY_OS, OS, inferenceWorkspace } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer } = inferenceWorkspace();

const NODE = 'my-os@sbom';
const options = { sbom: true };
const yaml = (text: string) => ({ ...MY_OS, 'apps/my-os/linuxkit.yml': text });

it('there is no node without the option, and no key knows of it', async () => {
  const [without, off] = [await infer(MY_OS), await infer(MY_OS, { options: { sbom: false } })];
  expect(without).not.toHaveProperty([NODE]);
  expect(off).toEqual(without);
});

it('the node depends on all images, and the initramfs on it', async () => {
  const projects = await infer(MY_OS, { options });
  expect(projects[NODE]).toMatchObject({
    root: '.linuxkit/my-os/sbom',
    implicitDependencies: ['oci@kernel-1111111', 'oci@web-2222222'],
    targets: {
      'make-sbom': {
        cache: true,
        dependsOn: ['^pull-image', '^make-image'],
        options: { stage: 'sbom', os: { name: 'my-os' } },
        outputs: ['{projectRoot}/sbom'],
      },
    },
  });
  expect(projects['my-os@initramfs'].implicitDependencies).toContain(NODE);
  expect(projects['my-os@initramfs'].targets?.initramfs.dependsOn).toContain('^make-sbom');
});

it('an env, a file, a command line and an output change no key of it; a place and a path do', async () => {
  const keyOf = async (text: string, sbom: boolean | string = true) =>
    (await infer(yaml(text), { options: { sbom } }))[NODE].targets?.['make-sbom'].options.key as string;
  const key = await keyOf(OS);
  for (const same of [
    `${OS}    env: [A=1]\n`,
    `${OS}files:\n  - {path: a, contents: b}\n`,
    OS.replace('console=ttyS0', 'quiet'),
    `${OS}outputs: [{format: tar}]\n`,
  ])
    expect(await keyOf(same)).toBe(key);
  const others = [
    await keyOf(`${OS}    readonly: true\n`),
    await keyOf(OS.replace('name: web', 'name: www')),
    await keyOf(OS, 'usr/sbom.json'),
  ];
  expect(new Set([key, ...others]).size).toBe(4);
});

it('the initramfs and the formats have other keys with it than without', async () => {
  const keysIn = async (given: object) => {
    const { 'my-os@initramfs': initramfs, 'my-os': os } = await infer(MY_OS, { options: given });
    return [initramfs.targets?.initramfs.options.key, os.targets?.tar.options.key];
  };
  const [without, withIt] = [await keysIn({}), await keysIn(options)];
  withIt.forEach((key, i) => expect(key).not.toBe(without[i]));
});

it('a path that no file can have fails the targets of the system with the place of the option', async () => {
  const { 'my-os': project } = await infer(MY_OS, { options: { sbom: '../x' } });
  expect(JSON.stringify(project.targets)).toContain("the plugin's option sbom: expected the path of a file");
});
