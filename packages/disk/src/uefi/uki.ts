import { bytesContent, type Content } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { makeImage, readBytes, type Image } from '../image/image.js';
import { alignUp } from '../image/units.js';
import { checkCmdline, inspectKernel, KERNEL_HEADER_BYTES } from './kernel.js';
import { readPeHeader, SECTION_HEADER, writeSection, type PeHeader, type PeSection } from './pe.js';

/** What goes into a unified kernel image. */
export interface UkiParts {
  /** systemd's EFI stub, such as linuxx64.efi.stub. */
  readonly stub: Content;
  /** A kernel that was built with the EFI stub. */
  readonly kernel: Content;
  readonly initrd?: Content;
  readonly cmdline?: string;
  /** The text of the file os-release. */
  readonly osRelease?: string;
  /** An uncompressed cpio archive with microcode, which the kernel gets before the initrd. */
  readonly ucode?: Content;
  /** The kernel's release, as `uname -r` prints it. */
  readonly uname?: string;
}

/** IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ */
const DATA = 0x40000040;
/** IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ */
const CODE = 0x60000020;
/** Least alignment of sections in memory, even if the stub was linked with a smaller one. */
const PAGE = 4096;
/** Bytes of the largest image: sizes and addresses have 32 bits, and some firmware takes them as signed. */
const LARGEST = 2 ** 31 - 1;

/**
 * A unified kernel image (the UAPI Group's specification): one EFI program of systemd's stub, kernel, initrd and command
 * line. Contents are read when a writer asks, except the stub and the kernel's header.
 *
 * @throws DiskError `no-efi-stub`, `bad-kernel`, `cmdline-too-long`, `bad-loader` or `image-too-large`.
 */
export async function ukiImage(parts: UkiParts): Promise<Image> {
  await checkKernel(parts);
  const file = await readBytes(parts.stub);
  const stub = readPeHeader(file);
  const added = sectionsOf(parts);
  const room = Math.min(...stub.sections.map(({ rawOffset }) => rawOffset || Infinity)) - stub.table;
  const count = stub.sections.length + added.length;
  if (count * SECTION_HEADER > room) {
    throw new DiskError(
      'bad-loader',
      `the stub's header has room for ${Math.floor(room / SECTION_HEADER)} sections, the image needs ${count}`,
    );
  }
  const placed = placeSections(stub, added);
  const head = patchHeader(file, stub, placed);
  const last = placed.at(-1)!.section;
  const size = last.rawOffset + last.rawSize;
  if (size > LARGEST || last.address + last.virtualSize > LARGEST) {
    throw new DiskError('image-too-large', `a UKI has at most ${LARGEST} bytes, this one needs ${size}`);
  }
  return makeImage(size, [
    { offset: 0, content: bytesContent(head) },
    ...placed.map(({ section, content }) => ({ offset: section.rawOffset, content })),
  ]);
}

async function checkKernel({ kernel, cmdline }: UkiParts): Promise<void> {
  const info = inspectKernel(await readBytes(kernel, 0, Math.min(kernel.size, KERNEL_HEADER_BYTES)));
  if (!info.efiStub) {
    throw new DiskError('no-efi-stub', 'this kernel has no EFI stub, so a UKI cannot start it', {
      hint: 'use GRUB, or a kernel with CONFIG_EFI_STUB=y (LinuxKit has it from 6.12 on)',
    });
  }
  if (cmdline !== undefined) checkCmdline(info, cmdline);
}

/** The sections that the specification names. The kernel is last, so that it can grow when it is unpacked in place. */
function sectionsOf(parts: UkiParts): { name: string; content: Content; characteristics: number }[] {
  const text = (value: string | undefined): Content | undefined =>
    value === undefined ? undefined : bytesContent(value);
  const sections: [string, Content | undefined][] = [
    ['.osrel', text(parts.osRelease)],
    // The stub reads a string that a NUL ends.
    ['.cmdline', text(parts.cmdline === undefined ? undefined : `${parts.cmdline}\0`)],
    ['.uname', text(parts.uname)],
    ['.ucode', parts.ucode],
    ['.initrd', parts.initrd],
    ['.linux', parts.kernel],
  ];
  return sections.flatMap(([name, content]) =>
    content && content.size > 0 ? [{ name, content, characteristics: name === '.linux' ? CODE : DATA }] : [],
  );
}

interface Placed {
  readonly section: PeSection;
  readonly content: Content;
  readonly characteristics: number;
}

/** Places sections behind the stub's own, in memory and in the file. Overlapping addresses would lose the initrd. */
function placeSections(
  stub: PeHeader,
  added: readonly { name: string; content: Content; characteristics: number }[],
): Placed[] {
  const unit = Math.max(stub.sectionAlignment, PAGE);
  let address = Math.max(...stub.sections.map((section) => section.address + section.virtualSize));
  let rawOffset = stubEnd(stub);
  return added.map(({ name, content, characteristics }) => {
    address = alignUp(address, unit);
    rawOffset = alignUp(rawOffset, stub.fileAlignment);
    const rawSize = alignUp(content.size, stub.fileAlignment);
    const section = { name, virtualSize: content.size, address, rawSize, rawOffset };
    address += content.size;
    rawOffset += rawSize;
    return { section, content, characteristics };
  });
}

/** The end of the stub's last section. Behind it lie the symbol table and perhaps a signature, which are dropped. */
const stubEnd = ({ sections }: PeHeader): number =>
  Math.max(...sections.map(({ rawOffset, rawSize }) => rawOffset + rawSize));

/** The stub with the new sections in its header. */
function patchHeader(file: Buffer, stub: PeHeader, placed: readonly Placed[]): Buffer {
  const head = Buffer.from(file.subarray(0, stubEnd(stub)));
  const { coff, optional } = stub;
  placed.forEach(({ section, characteristics }, i) => {
    writeSection(head, stub.table + (stub.sections.length + i) * SECTION_HEADER, section, characteristics);
  });
  head.writeUInt16LE(stub.sections.length + placed.length, coff + 2);
  // Clears the time stamp and the reference to the symbol table.
  head.fill(0, coff + 4, coff + 16);
  const data = placed.reduce((sum, { section }) => sum + section.rawSize, 0);
  head.writeUInt32LE(head.readUInt32LE(optional + 8) + data, optional + 8);
  const { address, virtualSize } = placed.at(-1)!.section;
  // Firmware refuses the program ("Load Error") if this does not cover the last section.
  head.writeUInt32LE(alignUp(address + virtualSize, stub.sectionAlignment), optional + 56);
  // Clears the checksum, which only drivers need.
  head.writeUInt32LE(0, optional + 64);
  // Clears the fifth data directory, the certificate table.
  if (head.readUInt32LE(optional + 108) > 4) head.fill(0, optional + 112 + 32, optional + 112 + 40);
  return head;
}
