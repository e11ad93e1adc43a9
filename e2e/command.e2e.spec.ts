import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import {
  debianImages,
  indexOf,
  ociArchiveOf,
  pushDebianImages,
  randomImage,
  startMemoryRegistry,
  startRegistry,
  tarOf,
  type MemoryRegistry,
  type TestRegistry,
  type TestEntry,
} from '@nx-linuxkit/testing';
import { ProgramFolder } from './command/program.js';
import { installerRepository, templateRepository } from './command/repositories.js';
import { IN_PROCESS, Workspace } from './workspace/workspace.js';

const file = (name: string, body: string | Buffer): TestEntry => ({ name, body });
const imageOf = (entries: readonly TestEntry[], architecture = 'amd64') =>
  randomImage(1, { layers: [{ entries }], platform: { os: 'linux', architecture } });

const inTar = (archive: string, path: string) =>
  execFileSync('tar', ['--warning=no-unknown-keyword', '-xOf', archive, path], { encoding: 'utf8' });

describe('a repository with a template for each kernel and architecture', () => {
  let registry: MemoryRegistry;
  let folder: ProgramFolder;
  beforeAll(async () => {
    registry = await startMemoryRegistry();
    const modules = await tarOf([file('lib/modules/6/modules.dep', '')]);
    const both = async (entries: (arch: string) => readonly TestEntry[]) =>
      indexOf([await imageOf(entries('amd64')), await imageOf(entries('arm64'), 'arm64')]);
    for (const kernel of ['lts', 'latest']) {
      const entries = (arch: string) => [
        file('kernel', `${kernel} for ${arch}`),
        file('kernel.tar', modules),
        file('boot/dtb/board.dtb', `${kernel} ${arch}`),
      ];
      registry.add(`hook/kernel-${kernel}`, '1', await both(entries));
    }
    for (const name of ['init', 'agent']) {
      registry.add(`hook/${name}`, '1', await both((arch) => [file(`bin/${name}`, `${name} for ${arch}`)]));
    }
    folder = await ProgramFolder.create(templateRepository(registry.host));
  });
  afterAll(async () => {
    folder?.remove();
    await registry?.stop();
  });

  it('its script builds every system and takes the device trees out of the kernel images', async () => {
    await folder.sh('. ./build.sh');
    const systems = ['lts', 'latest'].flatMap((kernel) => ['amd64', 'arm64'].map((arch) => [kernel, arch]));
    for (const [kernel, arch] of systems) {
      const name = `hook-${kernel}-${arch}`;
      const read = (suffix: string) => readFileSync(folder.path('out', name + suffix), 'latin1');
      expect(read('-kernel')).toBe(`${kernel} for ${arch}`);
      expect(read('-cmdline')).toBe('console=tty0 console=ttyS0');
      expect(read('-initrd.img').slice(0, 2)).toBe('\x1f\x8b');
      expect(readFileSync(folder.path('out', `dtb-${name}`, 'board.dtb'), 'utf8')).toBe(`${kernel} ${arch}`);
    }
    expect(readdirSync(folder.dir).sort()).toEqual(['build.sh', 'generated', 'out', 'templates']);
  });

  it('run again without a registry it gives the same bytes', async () => {
    const initrd = () => readFileSync(folder.path('out/hook-lts-arm64-initrd.img'));
    const before = initrd();
    await registry.stop();
    await folder.sh('. ./build.sh');
    expect(initrd().equals(before)).toBe(true);
  });
});

describe('a repository that builds in a folder of its own', () => {
  let folder: ProgramFolder;
  beforeAll(async () => {
    folder = await ProgramFolder.create(installerRepository());
    folder.write({ 'packages/.keep': '' });
    const packages = {
      base: [file('bin/init', 'init'), file('boot/dtb/a.dtb', 'device tree')],
      pillar: [file('bin/pillar', 'pillar')],
    };
    for (const [name, entries] of Object.entries(packages)) {
      const named = [{ name: `docker.io/eve/${name}:abc`, image: await imageOf(entries) }];
      await ociArchiveOf(named, folder.path('packages', `${name}.tar`));
    }
  });
  afterAll(() => folder?.remove());

  it('its script finds the sources there, the packages in the cache, and pipes what it builds', async () => {
    await folder.sh('. ./build.sh');
    const dist = (name: string) => folder.path('dist/installer', name);
    expect(inTar(dist('rootfs.tar'), 'etc/eve-release')).toBe('1.2.3\n');
    expect(inTar(dist('kvm.tar'), 'etc/eve-release')).toBe('1.2.3\n');
    expect(inTar(dist('kvm.tar'), 'etc/hypervisor')).toBe('kvm');
    expect(JSON.parse(inTar(dist('pillar.tar'), 'manifest.json'))[0].RepoTags).toEqual([
      'docker.io/eve/pillar:abc',
    ]);
    expect(readFileSync(dist('firmware.dtb'), 'utf8')).toBe('device tree');
  });

  it('an Nx target builds the same file of any name, with the same sources, into one folder', async () => {
    const options = {
      file: 'images/out/rootfs-kvm-generic.yml',
      formats: ['tar'],
      name: 'rootfs',
      dir: 'out',
      sourceBase: 'cwd',
    };
    const project = { name: 'eve', targets: { rootfs: { executor: 'nx-linuxkit:build', options } } };
    const workspace = await Workspace.create({
      files: { 'project.json': JSON.stringify(project), 'dist/installer/version_file': '1.2.3\n' },
      plugin: { images: { 'eve/': 'oci-archive:packages/' }, frozen: false },
    });
    try {
      workspace.write({
        [options.file]: readFileSync(folder.path(options.file), 'utf8').replace(/:abc/g, '.tar'),
      });
      execFileSync('cp', ['-r', folder.path('packages'), workspace.dir]);
      const elsewhere = await workspace.nx('rootfs', 'eve');
      expect(elsewhere.code).not.toBe(0);
      expect(elsewhere.output).toContain('no file version_file; looked at');
      const inside = await workspace.nxWith({ cwd: workspace.path('dist/installer') }, 'rootfs', 'eve');
      expect({ code: inside.code, output: inside.output }).toEqual({ code: 0, output: inside.output });
      expect(readdirSync(workspace.path('out'))).toEqual(['rootfs.tar']);
      expect(inTar(workspace.path('out/rootfs.tar'), 'etc/eve-release')).toBe('1.2.3\n');
    } finally {
      await workspace.stop();
    }
  });
});

describe('a system that boots', () => {
  let folder: ProgramFolder;
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
    const references = await pushDebianImages(await debianImages(), registry.host, ['kernel', 'init']);
    const [kernel, init] = ['kernel', 'init'].map((name) => references.get(name) as string);
    const cmdline = 'console=ttyS0 panic=1 test.poweroff';
    folder = await ProgramFolder.create({
      'tiny.yml': `kernel: {image: "${kernel}", cmdline: ${cmdline}}\ninit: ["${init}"]\n`,
    });
  });
  afterAll(async () => {
    folder?.remove();
    await registry?.stop();
  });

  it('is built, and run until it powers off, with a disk and metadata', async () => {
    await folder.sh('$LINUXKIT build --arch amd64 --dir out tiny.yml');
    const flags = '--arch x86_64 --accel tcg --mem 512 --disk size=64M --data hello --publish 0:8080';
    const output = await folder.sh(`$LINUXKIT run ${flags} out/tiny </dev/null`);
    expect(output).toContain('test init: complete');
    expect(output).toMatch(/virtio_blk.* \[vda\]/);
    expect(output).toMatch(/tcp port 8080 of the guest is at localhost:\d+/);
    expect(readdirSync(folder.path('out/tiny-state')).sort()).toEqual(['data.iso', 'disk0.img', 'mac-addr']);
    const config = execFileSync('isoinfo', [
      '-R',
      '-x',
      '/config',
      '-i',
      folder.path('out/tiny-state/data.iso'),
    ]);
    expect(config.toString()).toBe('hello');
  });

  it('is pushed to a registry, and booted from there by another folder', async () => {
    const reference = `${registry.host}/systems/tiny:1`;
    await folder.sh(`$LINUXKIT push oci --arch amd64 out/tiny ${reference}`);
    const output = await folder.sh(
      `mkdir elsewhere; cd elsewhere; $LINUXKIT run --accel tcg --mem 512 oci://${reference} </dev/null`,
    );
    expect(output).toContain('test init: complete');
    expect(readdirSync(folder.path('elsewhere/tiny-state/system')).sort()).toEqual([
      'system.json',
      'tiny-cmdline',
      'tiny-initrd.img',
      'tiny-kernel',
    ]);
  });

  it('is converted from there into a disk that boots, and refuses what it cannot become', async () => {
    const elsewhere = 'mkdir -p converted; cd converted; $LINUXKIT';
    const system = `oci://${registry.host}/systems/tiny:1`;
    await folder.sh(`${elsewhere} build --format qcow2-bios -o disk.qcow2 ${system}`);
    expect(readdirSync(folder.path('converted'))).toEqual(['disk.qcow2']);
    const output = await folder.sh(
      `${elsewhere} run --arch x86_64 --accel tcg --mem 512 disk.qcow2 </dev/null`,
    );
    expect(output).toContain('test init: complete');
    for (const [flags, message] of [
      ['-f kernel+erofs', 'kernel+erofs is made of a root file system'],
      ['-f raw-efi --set A=b', '--set is about YAML files'],
      ['-f raw-efi --arch arm64', 'is a system for linux/amd64, expected linux/arm64'],
      ['', 'which format is made of the system is not said'],
    ]) {
      const refused = await folder.try(`${elsewhere} build ${flags} ${system}`);
      expect([refused.code, refused.output]).toEqual([1, expect.stringContaining(message)]);
    }
  });

  it('is booted and converted by targets of a workspace that has only its reference', async () => {
    const system = `oci://${registry.host}/systems/tiny:1`;
    const machine = { accel: 'tcg', memory: 512 };
    const expected = { expect: ['test init: complete'], powerOff: true };
    const convert = { system, formats: ['qcow2-bios'] };
    const targets = {
      boot: { executor: 'nx-linuxkit:boot', continuous: true, options: { system, ...machine } },
      check: { executor: 'nx-linuxkit:boot-test', options: { system, ...machine, ...expected } },
      disk: { executor: 'nx-linuxkit:build', options: convert },
      moving: { executor: 'nx-linuxkit:build', cache: true, options: convert },
    };
    const project = JSON.stringify({ name: 'edge', targets });
    const workspace = await Workspace.create({ env: IN_PROCESS, files: { 'edge/project.json': project } });
    try {
      const run = async (target: string) => {
        const { code, output } = await workspace.nx(target, 'edge');
        return { code, output };
      };
      for (const target of ['boot', 'check', 'disk']) {
        const { code, output } = await run(target);
        expect({ target, code, output }).toEqual({ target, code: 0, output });
        if (target === 'boot') expect(output).toContain('test init: complete');
      }
      const made = workspace.bytes('dist/edge/qcow2-bios/tiny.qcow2');
      expect(made.equals(readFileSync(folder.path('converted/disk.qcow2')))).toBe(true);
      const { code, output } = await run('moving');
      expect(code).not.toBe(0);
      expect(output).toContain(`moving is cached, and ${system} may stand for another system later`);
    } finally {
      await workspace.stop();
    }
  });

  it('every root that it writes has the same bill of materials', async () => {
    for (const formats of ['tar,kernel+squashfs', 'kernel+erofs'])
      await folder.sh(`$LINUXKIT build --arch amd64 --dir roots -f ${formats} tiny.yml`);
    const read = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: 'utf8' });
    const sbom = inTar(folder.path('roots/tiny.tar'), 'sbom.spdx.json');
    expect(JSON.parse(sbom).spdxVersion).toBe('SPDX-2.3');
    expect(read('unsquashfs', '-cat', folder.path('roots/tiny-squashfs.img'), 'sbom.spdx.json')).toBe(sbom);
    read('fsck.erofs', `--extract=${folder.path('erofs')}`, folder.path('roots/tiny-erofs.img'));
    expect(readFileSync(folder.path('erofs/sbom.spdx.json'), 'utf8')).toBe(sbom);
    const unpack = 'gzip -dc out/tiny-initrd.img | cpio -i --quiet --to-stdout sbom.spdx.json';
    expect(await folder.sh(unpack)).toBe(sbom);
  });

  it('a program without Nx says what is wrong in one message', async () => {
    const { code, output } = await folder.try('$LINUXKIT build --formats tar tiny.yml');
    expect(code).toBe(1);
    expect(output).toBe('error: build has no flag --formats\n  hint: Did you mean --format?\n');
    expect(existsSync(folder.path('tiny.tar'))).toBe(false);
  });
});
