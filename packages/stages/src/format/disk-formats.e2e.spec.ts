import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileNames, formats } from '@nx-linuxkit/formats';
import { readContent, type Tree } from '@nx-linuxkit/tree';
import { TestWorkspace } from '../__tests__/test-workspace.js';
import { treeOfInitrd, treeOfTar } from '../__tests__/archive-tree.js';
import { LOADERS, addBootImages, arm64Image, bzImage, microcode } from './__tests__/boot-images.js';
import { fatFile, isoFile, run, slotsOf, withUnpackedDisk } from './__tests__/oracles.js';

jest.setTimeout(180_000);

let workspace: TestWorkspace;
const KERNEL = bzImage().toString('latin1');
const CMDLINE = 'console=ttyS0 quiet "note=two words" initrd=other';
const yaml = (kernel: string, rest = '') =>
  `kernel: {image: test/${kernel}, ucode: ucode.cpio, cmdline: '${CMDLINE}'}\ninit: [test/init]\n${rest}`;
const PI = `kernel: {image: test/pi-kernel, ucode: ucode.cpio, cmdline: console=x}\ninit: [test/pi-init]\nplatforms: [linux/arm64]\n`;
const SYSTEMS: Readonly<Record<string, string>> = { rpi3: 'pi', 'raw-rpi': 'card' };
const settings = { loaders: LOADERS };
const supported = (arch: string) =>
  formats.filter(({ architectures = [arch] }) => architectures.includes(arch)).map(({ name }) => name);

const out = (format: string, suffix: string) => workspace.output('os', format, `os${suffix}`);
const initrd = () => readFileSync(out('kernel+initrd', '-initrd.img'), 'latin1');

let ucode: string;

beforeAll(async () => {
  ucode = (await microcode()).toString('latin1');
  workspace = new TestWorkspace();
  await addBootImages(workspace);
  await workspace.build('os', yaml('kernel'), supported('amd64'), settings);
  await workspace.build('pi', PI, ['rpi3'], {}, 'linux/arm64');
  await workspace.build(
    'card',
    PI,
    ['raw-rpi'],
    { loaders: { 'rpi-firmware': 'test/rpi-firmware' } },
    'linux/arm64',
  );
});
afterAll(() => workspace.remove());

function expectBios(format: string, suffix: string, driver: string): void {
  expect(fatFile(out(format, suffix), driver, 'kernel')).toBe(KERNEL);
  expect(fatFile(out(format, suffix), driver, 'initrd.img')).toBe(initrd());
  expect(fatFile(out(format, suffix), driver, 'syslinux.cfg')).toContain(
    `APPEND initrd=/initrd.img ${CMDLINE}\n`,
  );
}

function expectEfi(format: string, suffix: string, driver: string): void {
  expect(fatFile(out(format, suffix), driver, 'kernel')).toBe(KERNEL);
  expect(fatFile(out(format, suffix), driver, 'initrd.img')).toBe(initrd());
  expect(fatFile(out(format, suffix), driver, 'EFI/debian/grub.cfg')).toContain(
    "linux /kernel console=ttyS0 quiet 'note=two words' initrd=other\n",
  );
}

function expectIso(format: string, suffix: string, images: RegExp[]): void {
  const report = run('xorriso', '-indev', `stdio:${out(format, suffix)}`, '-report_el_torito', 'plain');
  for (const image of images) expect(report).toMatch(image);
  expect(isoFile(out(format, suffix), '/kernel')).toBe(KERNEL);
  expect(isoFile(out(format, suffix), '/initrd.img')).toBe(initrd());
  expect(run('isoinfo', '-R', '-f', '-i', out(format, suffix))).toContain('/initrd.img');
}

const same = (...args: string[]) => run('qemu-img', 'compare', ...args);
const BIOS = /El Torito boot img : +\d+ +BIOS +y +none/;
const UEFI = /El Torito boot img : +\d+ +UEFI +y +none/;

/** The kernel looks for microcode at the front of the initrd, before it unpacks anything. */
function expectMicrocode(bytes: Uint8Array): void {
  expect(Buffer.from(bytes).toString('latin1', 0, ucode.length)).toBe(ucode);
}

async function expectRoot(format: string, suffix: string, driver: string[]): Promise<void> {
  expect(readFileSync(out(format, '-cmdline'), 'utf8')).toBe(`${CMDLINE} root=/dev/vda`);
  expectMicrocode(readFileSync(out(format, '-initrd.img')));
  const { tree } = await treeOfInitrd(out(format, '-initrd.img'));
  expect(tree.children('lib/modules')).toEqual(
    [...driver, 'virtio', 'virtio_blk', 'virtio_ring'].sort().map((name) => `${name}.ko`),
  );
  expect(statSync(out(format, suffix)).size % 2048).toBe(0);
}

async function fileOf(tree: Tree, path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readContent(tree.get(path)!.content!)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** For each format a check, by a real tool where there is one, that it is what its name says. */
const ORACLES: Record<string, () => void | Promise<void>> = {
  'kernel+initrd': () => {
    expectMicrocode(readFileSync(out('kernel+initrd', '-initrd.img')));
    expect(readFileSync(out('kernel+initrd', '-kernel'), 'latin1')).toBe(KERNEL);
  },
  tar: async () => {
    expect((await workspace.tar('os')).get('boot/kernel')?.type).toBe('file');
  },
  docker: async () => {
    expect((await treeOfTar(out('docker', '.docker'))).get('Dockerfile')).toBeDefined();
  },
  'tar-kernel-initrd': async () => {
    expectMicrocode(await fileOf(await treeOfTar(out('tar-kernel-initrd', '-initrd.tar')), 'initrd.img'));
  },
  'kernel+squashfs': async () => {
    await expectRoot('kernel+squashfs', '-squashfs.img', ['squashfs']);
    const listing = run('unsquashfs', '-ll', out('kernel+squashfs', '-squashfs.img'));
    expect(listing).toMatch(/-rwxr-xr-x .* squashfs-root\/sbin\/init/);
    expect(listing).not.toContain('boot/kernel');
  },
  'kernel+erofs': async () => {
    await expectRoot('kernel+erofs', '-erofs.img', ['erofs', 'libcrc32c']);
    run('fsck.erofs', out('kernel+erofs', '-erofs.img'));
  },
  'kernel+iso': async () => {
    await expectRoot('kernel+iso', '.iso', ['cdrom', 'isofs']);
    expect(isoFile(out('kernel+iso', '.iso'), '/sbin/init')).toBe('init');
  },
  iso: () => expectIso('iso', '.iso', [BIOS, UEFI]),
  'iso-bios': () => expectIso('iso-bios', '.iso', [BIOS]),
  'iso-efi': () => {
    expectIso('iso-efi', '-efi.iso', [UEFI]);
    run('sgdisk', '-v', out('iso-efi', '-efi.iso'));
  },
  'iso-efi-initrd': () => expectIso('iso-efi-initrd', '-efi-initrd.iso', [UEFI]),
  'raw-bios': () => expectBios('raw-bios', '-bios.img', 'raw'),
  'raw-efi': () => {
    expectEfi('raw-efi', '-efi.img', 'raw');
    expect(run('sgdisk', '-v', out('raw-efi', '-efi.img'))).toContain('No problems found');
  },
  'qcow2-bios': () => {
    run('qemu-img', 'check', out('qcow2-bios', '.qcow2'));
    same(out('qcow2-bios', '.qcow2'), out('raw-bios', '-bios.img'));
  },
  'qcow2-efi': () => {
    run('qemu-img', 'check', out('qcow2-efi', '-efi.qcow2'));
    same(out('qcow2-efi', '-efi.qcow2'), out('raw-efi', '-efi.img'));
  },
  ab: () => {
    expect(run('sgdisk', '-v', out('ab', '-ab.img'))).toContain('No problems found');
    expect(run('sgdisk', '-p', out('ab', '-ab.img'))).toMatch(/EF00 +EFI System\n +2 .* 8300 +state/);
    expect(fatFile(out('ab', '-ab.img'), 'raw', 'loader/loader.conf')).toContain('timeout 0\n');
    const [entry] = slotsOf(out('ab', '-ab.img'));
    expect(entry).toMatch(/^os_0-[0-9a-f]{12}\.efi$/);
    const program = fatFile(out('ab', '-ab.img'), 'raw', `EFI/Linux/${entry}`);
    expect(program).toContain(`${CMDLINE} panic=10\0`);
    expect(program).toContain('IMAGE_ID=os\nIMAGE_VERSION=0\n');
    expect(program).toContain(initrd());
  },
  'ab-update': () => {
    const [fileName] = slotsOf(out('ab', '-ab.img'));
    const program = readFileSync(out('ab-update', '-update.efi'), 'latin1');
    const line = 'hash of sixteen.\n'.length;
    const [blocks, chunks] = [4096, 2 ** 20].map((size) => line * Math.ceil(program.length / size));
    expect(JSON.parse(readFileSync(out('ab-update', '-update.json'), 'utf8'))).toEqual({
      name: 'os',
      version: '0',
      fileName,
      hashes: { program: { blocks: 0, chunks: blocks } },
    });
    expect(readFileSync(out('ab-update', '-update.hashes'))).toHaveLength(blocks + chunks);
    expect(program).toBe(fatFile(out('ab', '-ab.img'), 'raw', `EFI/Linux/${fileName}`));
  },
  'qcow2-ab': () => {
    run('qemu-img', 'check', out('qcow2-ab', '-ab.qcow2'));
    same(out('qcow2-ab', '-ab.qcow2'), out('ab', '-ab.img'));
  },
  vhd: () => void same('-f', 'vpc', '-F', 'raw', out('vhd', '.vhd'), out('raw-bios', '-bios.img')),
  'dynamic-vhd': () =>
    void same('-f', 'vpc', '-F', 'raw', out('dynamic-vhd', '.vhd'), out('raw-bios', '-bios.img')),
  'vhd-efi': () =>
    void same('-f', 'vpc', '-F', 'raw', out('vhd-efi', '-efi.vhd'), out('raw-efi', '-efi.img')),
  vhdx: () => {
    run('qemu-img', 'check', '-f', 'vhdx', out('vhdx', '.vhdx'));
    same(out('vhdx', '.vhdx'), out('raw-efi', '-efi.img'));
  },
  'dynamic-vhdx': () => {
    run('qemu-img', 'check', '-f', 'vhdx', out('dynamic-vhdx', '.vhdx'));
    same(out('dynamic-vhdx', '.vhdx'), out('raw-efi', '-efi.img'));
  },
  vmdk: () => void same(out('vmdk', '.vmdk'), out('raw-bios', '-bios.img')),
  ova: () => {
    run('tar', '-xf', out('ova', '.ova'), '-C', workspace.root, 'os.ovf', 'disk.vmdk');
    same(workspace.path('disk.vmdk'), out('raw-bios', '-bios.img'));
    expect(readFileSync(workspace.path('os.ovf'), 'utf8')).toContain('<Name>os</Name>');
  },
  aws: () => void same('-f', 'raw', '-F', 'raw', '-s', out('aws', '.raw'), out('raw-bios', '-bios.img')),
  gcp: () => {
    withUnpackedDisk(out('gcp', '.img.tar.gz'), (disk) => {
      expect(statSync(disk).size).toBe(2 ** 30);
      same('-f', 'raw', '-F', 'raw', disk, out('raw-bios', '-bios.img'));
    });
  },
  netboot: () => {
    expect(readFileSync(out('netboot', '-kernel'), 'latin1')).toBe(KERNEL);
    expect(readFileSync(out('netboot', '-initrd.img'), 'latin1')).toBe(initrd());
    expect(readFileSync(out('netboot', '.ipxe'), 'utf8')).toBe(
      `#!ipxe\nkernel os-kernel initrd=initrd.img ${CMDLINE}\ninitrd --name initrd.img os-initrd.img\nboot\n`,
    );
  },
  eif: () => {
    const image = readFileSync(out('eif', '.eif'));
    expect(image.toString('latin1', 0, 4)).toBe('.eif');
    // The sections as the file's own table places them, and the registers over what they hold.
    const section = (i: number) => {
      const start = Number(image.readBigUInt64BE(28 + i * 8)) + 12;
      return image.subarray(start, start + Number(image.readBigUInt64BE(28 + (32 + i) * 8)));
    };
    expect([section(0), section(1), section(3)].map((bytes) => bytes.toString('latin1'))).toEqual([
      KERNEL,
      CMDLINE,
      initrd(),
    ]);
    const sha384 = (...parts: Uint8Array[]) => createHash('sha384').update(Buffer.concat(parts)).digest();
    const { Measurements } = JSON.parse(readFileSync(out('eif', '.eif.json'), 'utf8'));
    expect(Measurements.PCR0).toBe(
      sha384(Buffer.alloc(48), sha384(section(0), section(1), section(3))).toString('hex'),
    );
  },
  uki: () => {
    const sections = run('objdump', '-h', out('uki', '.efi'));
    for (const name of ['.osrel', '.cmdline', '.initrd', '.linux']) expect(sections).toContain(name);
    expect(readFileSync(out('uki', '.efi'), 'latin1')).toContain(`${CMDLINE}\0`);
    run(
      'objcopy',
      '-O',
      'binary',
      '--only-section=.initrd',
      out('uki', '.efi'),
      workspace.path('uki-initrd'),
    );
    expectMicrocode(readFileSync(workspace.path('uki-initrd')));
  },
  rpi3: async () => {
    const tree = await treeOfTar(workspace.output('pi', 'rpi3', 'pi.tar'));
    expect(tree.children('')).toEqual([
      'bcm2710-rpi-3-b.dtb',
      'cmdline.txt',
      'config.txt',
      'initrd.img',
      'kernel8.img',
    ]);
    expectMicrocode(await fileOf(tree, 'initrd.img'));
  },
  'raw-rpi': () => {
    const card = workspace.output('card', 'raw-rpi', 'card-rpi.img');
    const file = (name: string) => fatFile(card, 'raw', name);
    expect(file('kernel8.img')).toBe(arm64Image().toString('latin1'));
    expect(file('config.txt')).toBe(
      'arm_64bit=1\nenable_uart=1\nkernel=kernel8.img\ninitramfs initrd.img followkernel\n[pi5]\nos_check=0\n[all]\n',
    );
    expect(file('cmdline.txt')).toBe('console=x\n');
    expectMicrocode(Buffer.from(file('initrd.img'), 'latin1'));
    expect([file('start4.elf'), file('fixup4.dat'), file('overlays/disable-bt.dtbo')]).toEqual([
      'start',
      'fixup',
      'overlay',
    ]);
    expect(file('bcm2711-rpi-4-b.dtb')).toBe('board 4');
    // The kernel's own image comes first.
    expect(file('bcm2710-rpi-3-b.dtb')).not.toBe('an older one of board 3');
    for (const name of ['bcm2835-rpi-zero.dtb', 'usr/share/doc/raspi-firmware/copyright'])
      expect(() => file(name)).toThrow();
    expect(run('sfdisk', '--json', card)).toMatch(/"type": ?"c",\s*"bootable": ?true/);
  },
};

/** Files that this system's formats lack: its root is in the initramfs. */
const OPTIONAL: Readonly<Record<string, readonly string[]>> = { 'ab-update': ['root', 'tree'] };

describe.each(formats.map((format) => [format.name, format] as const))('%s', (name, format) => {
  it('has the files that the table names', () => {
    const os = SYSTEMS[name] ?? 'os';
    const roles = Object.keys(format.files);
    const expected = fileNames(format, os).filter((_, i) => !OPTIONAL[name]?.includes(roles[i]));
    expect(readdirSync(workspace.path('dist', os, name))).toEqual(expected.sort());
  });

  it('is what its name says', async () => ORACLES[name]());
});

function hashes(root: string): Record<string, string> {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    paths
      .filter((path) => statSync(join(root, path)).isFile())
      .map((path) => [
        path,
        createHash('sha256')
          .update(readFileSync(join(root, path)))
          .digest('hex'),
      ]),
  );
}

describe('bytes', () => {
  it('are the same in another workspace and with one thread, for every format', async () => {
    const other = new TestWorkspace();
    try {
      await addBootImages(other);
      other.write('os/linuxkit.yml', yaml('kernel'));
      const images = Object.fromEntries(
        readdirSync(other.path('images')).map((name) => [`test/${name}`, `oci:images/${name}`]),
      );
      const script = `
        const { build, identify, openEnvironment, parseOsFile } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
        const environment = openEnvironment(${JSON.stringify(other.root)}, ${JSON.stringify({ store: 'store', loaders: LOADERS, images })});
        const os = identify(parseOsFile('os/linuxkit.yml'), 'os');
        const formats = ${JSON.stringify(supported('amd64'))};
        build(environment, { os, formats, frozen: false, lockCommand: '' }, () => {});`;
      execFileSync(process.execPath, ['-e', script], { env: { ...process.env, UV_THREADPOOL_SIZE: '1' } });
      expect(hashes(other.path('dist/os'))).toEqual(hashes(workspace.path('dist/os')));
    } finally {
      other.remove();
    }
  });
});

describe('options', () => {
  it('size is a minimum, uki takes the place of GRUB, compressed makes qcow2 smaller', async () => {
    const outputs = [
      '{format: raw-bios, size: 100M}',
      '{format: raw-efi, size: 50M, uki: true}',
      '{format: qcow2-bios, compressed: true}',
    ];
    const more = `outputs: [${outputs.join(', ')}]\n`;
    await workspace.build('opt', yaml('kernel', more), ['raw-bios', 'raw-efi', 'qcow2-bios'], settings);
    const file = (format: string, suffix: string) => workspace.output('opt', format, `opt${suffix}`);
    expect(statSync(file('raw-bios', '-bios.img')).size).toBe(100 * 2 ** 20);
    expect(statSync(file('raw-efi', '-efi.img')).size).toBe(50 * 2 ** 20);
    expect(fatFile(file('raw-efi', '-efi.img'), 'raw', 'EFI/BOOT/BOOTX64.EFI')).toContain('.linux');
    expect(statSync(file('qcow2-bios', '.qcow2')).size).toBeLessThan(
      statSync(out('qcow2-bios', '.qcow2')).size,
    );
  });

  it.each([
    ['{format: iso-bios, size: 1G}', 'the format iso-bios has no option size'],
    ['{format: raw-bios, uki: true}', 'the format raw-bios has no option uki'],
    ['{format: raw-bios, size: 10K}', 'expected a size such as 1024M or 2G, got "10K"'],
  ])('%s is refused with its place in the YAML', async (output, message) => {
    const build = workspace.build('bad', yaml('kernel', `outputs: [${output}]\n`), ['tar'], settings);
    await expect(build).rejects.toMatchObject({ message, where: { file: 'bad/linuxkit.yml', line: 3 } });
  });
});

it('a root disk has an init image’s file boot, as LinuxKit has it', async () => {
  await workspace.image('boot', [[{ name: 'boot', body: 'of the image' }]]);
  const both = yaml('kernel').replace('test/init', 'test/init, test/boot');
  await workspace.build('boot', both, ['kernel+squashfs'], settings);
  const disk = workspace.output('boot', 'kernel+squashfs', 'boot-squashfs.img');
  expect(run('unsquashfs', '-cat', disk, 'boot')).toBe('of the image');
});

describe('a system that cannot boot is refused early', () => {
  const refused = (name: string, text: string, format: string, error: object, platform?: string) =>
    expect(workspace.build(name, text, [format], platform ? {} : settings, platform)).rejects.toMatchObject(
      error,
    );

  it('a unified kernel image of a kernel without the EFI stub; GRUB starts it', async () => {
    const old = yaml('old-kernel').replace('quiet', 'quiet').replace(', cmdline', ', tar: none, cmdline');
    await refused('old', old, 'uki', { code: 'no-efi-stub', where: { file: 'old/linuxkit.yml', line: 1 } });
    await workspace.build('old', old, ['iso-efi'], settings);
  });

  it('a command line that the kernel would cut off', () =>
    refused('long', yaml('kernel').replace('quiet', 'x'.repeat(3000)), 'raw-bios', {
      code: 'cmdline-too-long',
      message: expect.stringMatching(/at most 2047 bytes, got 30\d\d/),
      where: { file: 'long/linuxkit.yml', line: 1 },
    }));

  it('leaving no half-written output', () => {
    const paths = readdirSync(workspace.path('dist'), { recursive: true, encoding: 'utf8' });
    expect(paths.filter((path) => path.includes('.tmp'))).toEqual([]);
    expect(existsSync(workspace.path('dist/long/raw-bios'))).toBe(false);
  });

  it.each([
    ['raw-efi', 'a\\b', 'a\\b'],
    ['iso', 'a\\b', 'a\\b'],
    ['iso-efi', 'c={"a":"b c"}', 'c={"a":"b c"}'],
    ['uki', 'a😀 b', 'a😀'],
    ['raw-bios', '"a\tb"', '"a\tb"'],
    ['netboot', 'a=${b}', 'a=${b}'],
    ['netboot', 'a || b', '||'],
    ['netboot', '"a  b"', '"a  b"'],
  ])('%s: a command line that its loader would change: %j', (format, cmdline, argument) =>
    refused('odd', yaml('kernel').replace(`'${CMDLINE}'`, JSON.stringify(cmdline)), format, {
      code: 'bad-cmdline',
      message: expect.stringContaining(
        `${format} cannot pass on ${JSON.stringify(argument)} of kernel.cmdline`,
      ),
      where: { file: 'odd/linuxkit.yml', line: 1, column: 58 },
    }),
  );

  it('a format of another architecture', () =>
    refused('arm', PI, 'iso-bios', { code: 'unsupported' }, 'linux/arm64'));

  it('a kernel of another architecture', () =>
    refused('mixed', yaml('kernel').replace('test/kernel', 'test/init'), 'raw-bios', { code: 'no-kernel' }));
});

it('a loader option with an unknown name is refused, and the known names are listed', async () => {
  const loaders = { ...LOADERS, grub: 'test/grub-efi' } as typeof LOADERS;
  await expect(workspace.build('typo', yaml('kernel'), ['iso-efi'], { loaders })).rejects.toMatchObject({
    code: 'no-loader',
    message: expect.stringMatching(
      /^the plugin's option loaders names "grub", expected one of .*grub-efi, efi-stub/,
    ),
    where: { file: 'nx.json' },
  });
});

describe('a workspace without the base set', () => {
  it('makes formats that need no loader, and says for the others what to install', async () => {
    await workspace.build('bare', yaml('kernel'), ['kernel+initrd']);
    await expect(workspace.buildAgain('bare', ['iso-bios'])).rejects.toMatchObject({
      code: 'no-loader',
      hint: expect.stringContaining('Install @nx-linuxkit/images'),
    });
  });
});
