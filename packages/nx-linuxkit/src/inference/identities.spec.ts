import { logger } from '@nx/devkit';
import { DIGESTS, init, inferenceWorkspace, lock } from './__tests__/infer.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, write } = inferenceWorkspace();

const two = (yaml: string, references: readonly string[], file = 'linuxkit') => ({
  [`apps/my-os/${file}.yml`]: yaml,
  [`apps/my-os/${file}.lock.json`]: lock(references),
});

it('two files in one folder', async () => {
  const projects = await infer({
    ...two(init('init:1'), ['init:1']),
    ...two(init('init:1'), ['init:1'], 'debug.linuxkit'),
  });
  const { 'my-os': plain, 'my-os-debug': debug } = projects;
  expect([plain.root, debug.root]).toEqual(['apps/my-os', '.linuxkit/os/apps/my-os/debug']);
  expect(debug.targets?.tar.outputs).toEqual(['{workspaceRoot}/dist/apps/my-os/debug/tar']);
  expect(plain.targets?.tar.outputs).toEqual(['{workspaceRoot}/dist/apps/my-os/tar']);
});

it('two platforms', async () => {
  const platforms = { 'linux/amd64': { digest: DIGESTS[0] }, 'linux/arm64': { digest: DIGESTS[1] } };
  const projects = await infer({
    'apps/my-os/linuxkit.yml': `${init('init:1')}platforms: [linux/amd64, linux/arm64]\n`,
    'apps/my-os/linuxkit.lock.json': JSON.stringify({
      lockfileVersion: 1,
      images: { 'init:1': platforms },
    }),
  });
  expect(Object.keys(projects)).toEqual(
    expect.arrayContaining(['my-os', 'my-os-arm64', 'oci@init-1111111', 'oci@init-2222222@arm64']),
  );
  expect(projects['my-os-arm64'].targets?.tar.outputs).toEqual(['{workspaceRoot}/dist/apps/my-os/arm64/tar']);
});

it('two folders of one name: the shorter path keeps it, and a warning says so', async () => {
  const warn = jest.spyOn(logger, 'warn').mockImplementation();
  const projects = await infer({
    'apps/b/my-os/linuxkit.yml': init('init:1'),
    'apps/b/my-os/linuxkit.lock.json': lock(['init:1']),
    ...two(init('init:1'), ['init:1']),
  });
  expect(projects['my-os'].root).toBe('apps/my-os');
  expect(projects['apps-b-my-os'].root).toBe('apps/b/my-os');
  expect(warn).toHaveBeenCalledWith(expect.stringContaining('apps/b/my-os: another folder is called my-os'));
});

it('two names that differ in their scope alone have nodes of their own', async () => {
  write({ 'a/package.json': '{"name":"@a/os"}', 'b/package.json': '{"name":"@b/os"}' });
  const one = { 'linuxkit.yml': init('init:1'), 'linuxkit.lock.json': lock(['init:1']) };
  const files = ['a', 'b'].flatMap((folder) =>
    Object.entries(one).map(([name, text]) => [`${folder}/${name}`, text]),
  );
  const projects = await infer(Object.fromEntries(files));
  expect(projects).toHaveProperty(['@a/os@initramfs']);
  expect(projects).toHaveProperty(['@b/os@initramfs']);
});

it.each([
  ['a variant and a folder', { 'apps/my-os/debug.linuxkit.yml': init('init:1') }, 'my-os-debug'],
  [
    'a platform and a folder',
    { 'apps/my-os/linuxkit.yml': `${init('init:1')}platforms: [linux/amd64, linux/debug]\n` },
    'my-os-debug',
  ],
])('%s of one name: the folder keeps it', async (_, files, name) => {
  const warn = jest.spyOn(logger, 'warn').mockImplementation();
  const projects = await infer({ 'apps/my-os-debug/linuxkit.yml': init('init:1'), ...files });
  expect(projects[name].root).toBe('apps/my-os-debug');
  expect(projects['apps-my-os-debug'].root).toBe('.linuxkit/os/apps/my-os/debug');
  expect(warn).toHaveBeenCalledWith(expect.stringContaining(`another project is called ${name}`));
});

it('a broken variant has one name, however often it is asked for', async () => {
  const projects = await infer({ 'apps/my-os/debug.linuxkit.yml': 'init:\n  - "@pkg:gone"\n' });
  expect(Object.keys(projects)).toEqual(['my-os-debug']);
});

it('a variant beside a folder of its name, and one called like a format, build into folders of their own', async () => {
  const projects = await infer({
    'apps/my-os/linuxkit.yml': init('init:1'),
    'apps/my-os/debug.linuxkit.yml': init('init:1'),
    'apps/my-os/tar.linuxkit.yml': init('init:1'),
    'apps/my-os/debug/linuxkit.yml': init('init:1'),
    'apps/my-os/kernel+initrd/linuxkit.yml': init('init:1'),
  });
  const dists = Object.fromEntries(
    Object.entries(projects).map(([name, { targets }]) => [name, targets?.build.options.os.dist]),
  );
  expect(dists).toEqual({
    'my-os': 'dist/apps/my-os',
    'my-os-debug': 'dist/apps/my-os/debug.linuxkit',
    'my-os-tar': 'dist/apps/my-os/tar.linuxkit',
    debug: 'dist/apps/my-os/debug',
    'kernel+initrd': 'dist/apps/my-os/kernel+initrd.linuxkit',
  });
});

it('linuxkit.yml is the system, not linuxkit.yaml beside it', async () => {
  const warn = jest.spyOn(logger, 'warn').mockImplementation();
  const projects = await infer({
    'my-os/linuxkit.yaml': init('init:1'),
    'my-os/linuxkit.yml': init('init:2'),
  });
  expect(projects['my-os'].metadata?.description).toContain('my-os/linuxkit.yml');
  expect(warn).toHaveBeenCalledWith('my-os/linuxkit.yaml: not used, because my-os/linuxkit.yml is beside it');
});

it.each(['package.json', 'project.json'])('the name in %s', async (file) => {
  write({ [`apps/my-os/${file}`]: '{"name":"@scope/system"}' });
  const projects = await infer(two(init('init:1'), ['init:1']));
  expect(projects['@scope/system'].root).toBe('apps/my-os');
  expect(projects['@scope/system@initramfs'].root).toBe('.linuxkit/@scope/system/initramfs');
});

it('a service called initramfs, an onboot and a service of one name', async () => {
  const yaml = `onboot:
- name: web
  image: web:1
services:
- name: initramfs
  image: init:1
- name: web
  image: other:1
`;
  const projects = await infer(two(yaml, ['web:1', 'init:1', 'other:1']));
  expect(Object.keys(projects)).toEqual(
    expect.arrayContaining([
      'my-os@initramfs',
      'oci@web-1111111@onboot-000',
      'oci@init-2222222@services-initramfs',
      'oci@other-3333333@services-web',
    ]),
  );
});
