import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  altMbr,
  extractSyslinux,
  fatImage,
  fileEntries,
  GPT_TYPES,
  gptDisk,
  imageContent,
  isoImage,
  mbrDisk,
  PARTITION_START,
  syslinuxVolume,
  ukiImage,
  writeRaw,
  type Image,
} from '@nx-linuxkit/disk';
import { bytesContent, type Content } from '@nx-linuxkit/tree';
import { grubConfig, GRUB_SHARE } from '../packages/stages/src/format/media/grub.js';
import { syslinuxConfig, SYSLINUX_SHARE } from '../packages/stages/src/format/media/syslinux.js';
import { gzipCpio, POWER_OFF, QUIET_KERNEL, rootEntries } from './disk-boot/initrd.js';
import { testKernel } from './disk-boot/kernel.js';
import { consoleOf, mediumArgs, type Bus, type Firmware } from './disk-boot/qemu.js';

const dir = mkdtempSync(join(tmpdir(), 'cmdline-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const debian = testKernel();
const kernel = bytesContent(debian.kernel);

/** Prints the bytes of the command line in hexadecimal, so that no console can change them. */
const INIT = `#!/bin/busybox sh
/bin/busybox mount -t proc proc /proc
${QUIET_KERNEL}
echo CMDLINE $(/bin/busybox od -An -v -tx1 /proc/cmdline) END
${POWER_OFF}
`;
let initrd: Content;
beforeAll(async () => {
  initrd = await gzipCpio(rootEntries(debian, INIT));
});

/** Everything that some loader's language knows, `initrd=` inside and at the front of an argument, several spaces. */
const SPECIAL =
  'console=ttyS0 panic=-1 a=$HOME b=${x} c=%d d=x;y e={z} f=#1 g=!h i=* j=? k=[ab] l=~ m=`id` n=<o> p=|q r=& s=(t) u=^ ' +
  'v=@  w=,   foo.initrd=abc initrd=nothere vga=normal ä=€ "note=two words" -- -x --y=z';
/** Double quotes that GRUB puts elsewhere, and what arrives: Linux reads both alike. */
const VALUES = 'dyndbg="file a.c +p" v="w" empty="" "word" ';
const VALUES_BY_GRUB = '"dyndbg=file a.c +p" v=w empty= word ';
/** What GRUB cannot pass on. */
const QUOTES = `q="r s" pre=x"y"z cfg={"a":"b c","d":1} q='r s' t=a\\b u=\\x41`;

const files = () => ({ kernel, 'initrd.img': initrd });
const grubFile = (name: string) => readFileSync(join('/usr/lib/grub/x86_64-efi/monolithic', name));
const esp = (program: Content | Buffer, more = {}): Image =>
  fatImage(fileEntries({ 'EFI/BOOT/BOOTX64.EFI': program, ...more }));
const disk = (image: Image) => gptDisk([{ image, type: GPT_TYPES.esp, name: 'EFI System' }]);

function biosDisk(cmdline: string): Image {
  const { image } = syslinuxVolume(
    fileEntries({ ...files(), 'syslinux.cfg': syslinuxConfig(cmdline) }),
    extractSyslinux(readFileSync('/usr/bin/syslinux')),
    { hiddenSectors: PARTITION_START },
  );
  const bootCode = altMbr(readFileSync('/usr/lib/SYSLINUX/altmbr.bin'), 1);
  return mbrDisk([{ image, type: 0x0e, active: true }], { bootCode });
}

const biosIso = (cmdline: string) =>
  isoImage(
    fileEntries({
      ...files(),
      'isolinux/isolinux.bin': readFileSync('/usr/lib/ISOLINUX/isolinux.bin'),
      'isolinux/ldlinux.c32': readFileSync('/usr/lib/syslinux/modules/bios/ldlinux.c32'),
      'isolinux/isolinux.cfg': syslinuxConfig(cmdline),
    }),
    { bios: { path: 'isolinux/isolinux.bin' } },
  );

const grubDisk = (cmdline: string) =>
  disk(esp(grubFile('grubx64.efi'), { ...files(), 'EFI/debian/grub.cfg': grubConfig(cmdline, 'raw-efi') }));

const ukiDisk = async (cmdline: string) =>
  disk(
    esp(
      imageContent(
        await ukiImage({
          stub: bytesContent(readFileSync('/usr/lib/systemd/boot/efi/linuxx64.efi.stub')),
          kernel,
          initrd,
          cmdline,
        }),
      ),
    ),
  );

/** Fills the kernel's room for a line, 2047 bytes, with what the loader leaves of it. */
function filled(line: string, taken: number): string {
  const rest = 2047 - taken - Buffer.byteLength(line) - ' long='.length;
  return `${line} long=${'y'.repeat(rest - 1)}z`;
}

const LOADERS: [
  loader: string,
  make: (cmdline: string) => Image | Promise<Image>,
  machine: [Firmware, Bus],
  line: string,
  before: string,
  arrives?: string,
][] = [
  ...(
    [
      ['syslinux', biosDisk, ['bios', 'ide']],
      ['isolinux', biosIso, ['bios', 'cd']],
    ] as const
  ).map(([name, make, machine]): (typeof LOADERS)[number] => [
    name,
    make,
    [...machine],
    filled(`${VALUES}${SPECIAL} ${QUOTES}`, SYSLINUX_SHARE.bytes),
    SYSLINUX_SHARE.text,
  ]),
  [
    'GRUB',
    grubDisk,
    ['uefi', 'virtio'],
    filled(`${VALUES}${SPECIAL}`, GRUB_SHARE.bytes),
    GRUB_SHARE.text,
    filled(`${VALUES}${SPECIAL}`, GRUB_SHARE.bytes).replace(VALUES, VALUES_BY_GRUB),
  ],
  ['a unified kernel image', ukiDisk, ['uefi', 'virtio'], filled(`${VALUES}${SPECIAL} ${QUOTES}`, 0), ''],
];

test.each(LOADERS)(
  '%s passes on the very bytes of a line, or its quotes at another place',
  async (name, make, [firmware, bus], line, before, arrives = line) => {
    const path = join(dir, name);
    await writeRaw(await make(line), path);
    const text = await consoleOf(mediumArgs(firmware, bus, path, 'raw', dir));
    const [, hex] = /CMDLINE ([0-9a-f\s]*) END/.exec(text) ?? [];
    if (hex === undefined) throw new Error(`the machine did not boot:\n${text.slice(-2000)}`);
    expect(Buffer.from(hex.replace(/\s/g, ''), 'hex').toString()).toBe(`${before}${arrives}\n`);
  },
);
