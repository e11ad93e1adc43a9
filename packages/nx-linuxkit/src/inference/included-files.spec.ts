import { logger } from '@nx/devkit';
import { systemNodeName } from '@nx-linuxkit/stages/plan';
import { init, inferenceWorkspace, lock } from './__tests__/infer.js';
import { nxFiles } from './__tests__/nx-files.js';

jest.mock('@nx-linuxkit/formats', () => jest.requireActual('./__tests__/two-formats.js').twoFormats());

const { infer, path, write } = inferenceWorkspace();

const GENERATED = {
  'images/out/rootfs-kvm.yml': init('init:1'),
  'images/out/rootfs-kvm.lock.json': lock(['init:1']),
  'images/out/notes.txt': '',
  '.gitignore': 'images/out\n',
};
const DAEMON = 'NX_DAEMON_PROCESS';
const options = { include: ['images/out/*.yml'] };
const OWN = { 'my-os/linuxkit.yml': init('init:1'), 'my-os/linuxkit.lock.json': lock(['init:1']) };
let warn: jest.SpyInstance;
beforeEach(() => (warn = jest.spyOn(logger, 'warn').mockImplementation()));
afterEach(() => {
  delete process.env[DAEMON];
  warn.mockRestore();
});

describe('a git-ignored YAML that the option include names', () => {
  it('is a system with its graph, named after its file', async () => {
    write(GENERATED);
    const projects = await infer({}, { options });
    expect(projects['rootfs-kvm']).toMatchObject({
      root: '.linuxkit/variants/images/out/rootfs-kvm.yml',
      targets: {
        tar: {
          executor: 'nx-linuxkit:stage',
          cache: true,
          outputs: ['{workspaceRoot}/dist/images/out/rootfs-kvm/tar'],
        },
        lock: { options: { file: 'images/out/rootfs-kvm.yml' } },
      },
    });
    expect(projects).toHaveProperty([systemNodeName('rootfs-kvm', 'initramfs')]);
  });

  it('is one task that is not cached under a daemon, which does not see it change', async () => {
    process.env[DAEMON] = 'true';
    write(GENERATED);
    const projects = await infer({}, { options });
    expect(projects['rootfs-kvm'].targets?.tar).toMatchObject({
      executor: 'nx-linuxkit:build',
      cache: false,
      options: { uncached: 'images/out/rootfs-kvm.yml is git-ignored' },
    });
  });

  it('has its graph under a daemon too, if .nxignore shows it to Nx', async () => {
    process.env[DAEMON] = 'true';
    write({ ...GENERATED, '.nxignore': '!images/out\n!images/out/**\n' });
    expect(nxFiles(path('.')).glob('images/out/*.yml')).toEqual(['images/out/rootfs-kvm.yml']);
    const projects = await infer({}, { options });
    expect(projects['rootfs-kvm'].targets?.tar.executor).toBe('nx-linuxkit:stage');
  });

  it('is none without the option', async () => {
    write(GENERATED);
    expect(await infer({})).toEqual({});
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('patterns', () => {
  const YAMLS = { 'a/one.yml': init('i'), 'a/b/two.yaml': init('i'), 'a/node_modules/no.yml': init('i') };

  it.each([
    [['a/*.yml'], ['one']],
    [['a/**/*.{yml,yaml}'], ['two', 'one']],
    [['a/**', '!a/b/*'], ['one']],
    [['!a/one.yml', 'a/*'], []],
    [['a/b/two.yaml'], ['two']],
    [[], []],
  ])('%j take in %j', async (include, names) => {
    write(YAMLS);
    expect(Object.keys(await infer({}, { options: { include } }))).toEqual(names);
  });

  it('take files with our names out again', async () =>
    expect(Object.keys(await infer(OWN, { options: { include: ['!my-os/**'] } }))).toEqual([]));

  it('two files of one name are two projects', async () => {
    write({ 'a/os.yml': init('i'), 'b/os.yml': init('i') });
    const projects = await infer({}, { options: { include: ['*/os.yml'] } });
    expect(Object.keys(projects)).toEqual(['os', 'b-os']);
    expect(warn).toHaveBeenCalledWith('b/os.yml: another project is called os, so this one is b-os');
  });
});

describe('a YAML that nothing takes in', () => {
  const HOOK = 'kernel: {image: k}\ninit: [i]\n';

  it('is pointed out once, with all others in one line', async () => {
    const files = {
      'first.yml': HOOK,
      'config/second.yml': HOOK,
      'my-os/third.yml': HOOK,
      'x.yml': 'on: push\n',
    };
    write(files);
    await infer(OWN);
    await infer(OWN);
    expect(warn.mock.calls).toEqual([
      [expect.stringMatching(/^config\/second\.yml, first\.yml, my-os\/third\.yml: not built, .*"include"/)],
    ]);
  });

  it('is not, if a system extends it, a pattern takes it in or out, or git ignores it', async () => {
    write({
      'base.yml': HOOK,
      'in.yml': HOOK,
      'out.yml': HOOK,
      'made.yml': HOOK,
      '.gitignore': 'made.yml\n',
    });
    await infer(
      { 'my-os/linuxkit.yml': 'extends: [../base.yml]\n' },
      { options: { include: ['in.yml', '!out.yml'] } },
    );
    expect(warn).not.toHaveBeenCalled();
  });
});
