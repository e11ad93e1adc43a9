import { init, inferenceWorkspace, lock } from './__tests__/infer.js';

const { infer, write } = inferenceWorkspace();

const system = (folder: string, image: string) => ({ [`${folder}/linuxkit.yml`]: init(image) });
const build = (folder: string) => ({ [`${folder}/build.yml`]: `image: x\ncontents: {}\n` });

it('a second node of one name makes its system say so, and the others stay', async () => {
  const projects = await infer({
    ...build('images/my-app'),
    ...build('images/my/app'),
    ...system('one', '"@pkg:images/my-app"'),
    ...system('two', '"@pkg:images/my/app"'),
    ...system('three', '"@pkg:images/my-app"'),
  });
  expect(projects.one.targets?.build.executor).toBe('nx-linuxkit:stage');
  expect(projects.three.targets?.build.executor).toBe('nx-linuxkit:stage');
  expect(projects.two.targets?.build.options.message).toContain(
    'two nodes would have the name pkg@images-my-app: those in .linuxkit/packages/images/my-app-amd64 and ' +
      '.linuxkit/packages/images/my/app-amd64',
  );
});

it('two digests that begin alike are two nodes or an error, never one', async () => {
  const digests = [`sha256:0123456${'a'.repeat(57)}`, `sha256:0123456${'b'.repeat(57)}`];
  const images = (index: number) =>
    JSON.stringify({
      lockfileVersion: 1,
      images: { 'web:1': { 'linux/amd64': { digest: digests[index] } } },
    });
  const projects = await infer({
    ...system('one', 'web:1'),
    'one/linuxkit.lock.json': images(0),
    ...system('two', 'web:1'),
    'two/linuxkit.lock.json': images(1),
  });
  expect(projects['oci@web-0123456'].targets?.['pull-image'].options.image.source.digest).toBe(digests[0]);
  expect(projects.two.targets?.build.options.message).toContain(
    'two nodes would have the name oci@web-0123456',
  );
});

it('a system called pkg and a package called initramfs do not share a node', async () => {
  const projects = await infer({
    ...build('initramfs'),
    ...system('pkg', 'web:1'),
    'pkg/linuxkit.lock.json': lock(['web:1']),
    ...system('z', '"@pkg:initramfs"'),
  });
  expect(projects['pkg@initramfs'].root).toBe('.linuxkit/pkg/initramfs');
  expect(projects.z.targets?.build.options.message).toContain('two nodes would have the name pkg@initramfs');
});

it('a system has an edge to each loader of its formats', async () => {
  write(build('loaders/isolinux'));
  write(build('loaders/grub-efi'));
  const loaders = { isolinux: '@pkg:loaders/isolinux', 'grub-efi': '@pkg:loaders/grub-efi' };
  const files = { ...system('my-os', 'web:1'), 'my-os/linuxkit.lock.json': lock(['web:1']) };
  const { 'my-os': os, ...nodes } = await infer(files, { options: { loaders } });
  const named = Object.values(os.targets ?? {}).flatMap(({ dependsOn = [] }) =>
    dependsOn.flatMap((dependency) =>
      typeof dependency === 'string' ? [] : (dependency.projects as string[]),
    ),
  );
  expect(new Set(named)).toEqual(new Set(['pkg@loaders-isolinux', 'pkg@loaders-grub-efi']));
  expect(os.implicitDependencies).toEqual(['my-os@initramfs', ...new Set(named)]);
  for (const name of named) expect(nodes).toHaveProperty([name]);
});
