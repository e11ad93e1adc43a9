import { bytesContent, type Content } from '@nx-linuxkit/tree';
import { DiskError } from '../error.js';
import { makeImage, readBytes, type Image } from '../image/image.js';
import { alignUp } from '../image/zeros.js';
import { checkCmdline, inspectKernel, KERNEL_HEADER_BYTES } from './kernel.js';
import { readPeHeader, SECTION_HEADER, writeSection, type PeHeader, type PeSection } from './pe.js';

export interface UkiParts {
  /** systemd's EFI stub, linuxx64.efi.stub. */
  readonly stub: Content;
  /** A kernel with the EFI stub. */
  readonly kernel: Content;
  readonly initrd?: Content;
  readonly cmdline?: string;
  /** The text of os-release. */
  readonly osRelease?: string;
  /** An uncompressed cpio, handed to the kernel before the initrd. */
  readonly ucode?: Content;
  /** The kernel's release, as `uname -r` prints it. */
  readonly uname?: string;
}

/** IMAGE_SCN_CNT_INITIALIZED_DATA | IMAGE_SCN_MEM_READ */
const DATA = 0x40000040;
/** IMAGE_SCN_CNT_CODE | IMAGE_SCN_MEM_EXECUTE | IMAGE_SCN_MEM_READ */
const CODE = 0x60000020;
/** Sections are pages, whatever smaller alignment the stub was linked with. */
const PAGE = 4096;
/** Sizes and addresses have 32 bits, and firmware takes them as signed here and there. */
const LARGEST = 2 ** 31 - 1;

/** One EFI program of stub, kernel, initrd and command line: the Unified Kernel Image specification. */
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

/** Names from the specification; the kernel last, so that it can grow when a loader unpacks it in place. */
function sectionsOf(parts: UkiParts): { name: string; content: Content; characteristics: number }[] {
  const text = (value: string | undefined): Content | undefined =>
    value === undefined ? undefined : bytesContent(value);
  const sections: [string, Content | undefined][] = [
    ['.osrel', text(parts.osRelease)],
    // The stub reads it as a string, so a NUL ends it.
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

/** Behind the stub's own, in memory and in the file; overlapping addresses would lose the initrd. */
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

/** What lies behind the last section is the symbol table and perhaps a signature: neither holds any more. */
const stubEnd = ({ sections }: PeHeader): number =>
  Math.max(...sections.map(({ rawOffset, rawSize }) => rawOffset + rawSize));

function patchHeader(file: Buffer, stub: PeHeader, placed: readonly Placed[]): Buffer {
  const head = Buffer.from(file.subarray(0, stubEnd(stub)));
  const { coff, optional } = stub;
  placed.forEach(({ section, characteristics }, i) => {
    writeSection(head, stub.table + (stub.sections.length + i) * SECTION_HEADER, section, characteristics);
  });
  head.writeUInt16LE(stub.sections.length + placed.length, coff + 2);
  // No clock, no symbols.
  head.fill(0, coff + 4, coff + 16);
  const data = placed.reduce((sum, { section }) => sum + section.rawSize, 0);
  head.writeUInt32LE(head.readUInt32LE(optional + 8) + data, optional + 8);
  const { address, virtualSize } = placed.at(-1)!.section;
  // Firmware refuses the program ("Load Error") if this does not cover the last section.
  head.writeUInt32LE(alignUp(address + virtualSize, stub.sectionAlignment), optional + 56);
  // No checksum: only drivers need one.
  head.writeUInt32LE(0, optional + 64);
  // The certificate table is the fifth data directory.
  if (head.readUInt32LE(optional + 108) > 4) head.fill(0, optional + 112 + 32, optional + 112 + 40);
  return head;
}
