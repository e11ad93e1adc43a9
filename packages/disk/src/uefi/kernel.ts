import { DiskError } from '../error.js';
import { readPeHeader } from './pe.js';

/** Architecture of a kernel, by the names of `uname -m` (arm64 is aarch64). */
export type KernelArch = 'x86_64' | 'i386' | 'arm64' | 'riscv64';

/** What the header of a kernel image says. */
export interface KernelInfo {
  readonly arch: KernelArch;
  /** Whether the kernel is an EFI program, which UEFI, systemd-boot and a UKI can start. */
  readonly efiStub: boolean;
  /** Bytes of the longest command line, without the NUL at its end. */
  readonly cmdlineSize: number;
  /** Highest address of an initrd's last byte; only x86 kernels tell it. */
  readonly initrdAddressMax?: number;
  /** A text that begins with the release of `uname -r`; only x86 kernels have it. */
  readonly version?: string;
}

/** Bytes at the start of a kernel that hold all that `inspectKernel` reads: the version's offset has 16 bits. */
export const KERNEL_HEADER_BYTES = 128 * 1024;

/** Linux's COMMAND_LINE_SIZE on arm64 and, since 6.6, on riscv64; the last byte is a NUL. */
const ARM64_CMDLINE = 2047;
const RISCV_CMDLINE = 1023;

/**
 * Reads the header of a kernel image out of its first KERNEL_HEADER_BYTES: a bzImage of x86, an Image of arm64 or
 * riscv64, or an EFI zboot image.
 *
 * @throws DiskError `bad-kernel` for anything else.
 */
export function inspectKernel(head: Uint8Array): KernelInfo {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const info = bzImage(bytes) ?? flatImage(bytes) ?? zbootImage(bytes);
  if (info) return info;
  const gzip = bytes.subarray(0, 2).equals(Buffer.from([0x1f, 0x8b]));
  throw new DiskError(
    'bad-kernel',
    `expected a bzImage, or an Image of arm64 or riscv64, got ${gzip ? 'gzip' : 'something else'}`,
    { hint: gzip ? 'decompress the kernel first' : 'name the file that is the kernel image' },
  );
}

/** Reads x86's header: Linux's Documentation/arch/x86/boot.rst; cmdline_size is from protocol 2.06, xloadflags from 2.12. */
function bzImage(bytes: Buffer): KernelInfo | undefined {
  if (bytes.length < 0x268 || bytes.toString('latin1', 0x202, 0x206) !== 'HdrS') return undefined;
  const protocol = bytes.readUInt16LE(0x206);
  const flags = protocol >= 0x20c ? bytes.readUInt16LE(0x236) : 0;
  const pointer = bytes.readUInt16LE(0x20e);
  const version = bytes.subarray(0x200 + pointer);
  return {
    arch: flags & 1 ? 'x86_64' : 'i386',
    efiStub: isPe(bytes),
    cmdlineSize: protocol >= 0x206 ? bytes.readUInt32LE(0x238) : 255,
    initrdAddressMax: protocol >= 0x203 ? bytes.readUInt32LE(0x22c) : 0x37ffffff,
    version: pointer ? version.toString('latin1', 0, Math.max(0, version.indexOf(0))) : undefined,
  };
}

/** Reads an uncompressed Image: Linux's Documentation/arch/arm64/booting.rst and riscv/boot-image-header.rst. */
function flatImage(bytes: Buffer): KernelInfo | undefined {
  if (bytes.length < 64) return undefined;
  const efiStub = isPe(bytes);
  const magic = bytes.toString('latin1', 56, 60);
  if (magic === 'ARM\x64') return { arch: 'arm64', efiStub, cmdlineSize: ARM64_CMDLINE };
  if (magic === 'RSC\x05') return { arch: 'riscv64', efiStub, cmdlineSize: RISCV_CMDLINE };
  return undefined;
}

/** Reads an EFI program that unpacks an Image (CONFIG_EFI_ZBOOT): Linux's drivers/firmware/efi/libstub/zboot-header.S. */
function zbootImage(bytes: Buffer): KernelInfo | undefined {
  if (bytes.toString('latin1', 4, 8) !== 'zimg' || !isPe(bytes)) return undefined;
  const machines: Record<number, KernelInfo> = {
    0xaa64: { arch: 'arm64', efiStub: true, cmdlineSize: ARM64_CMDLINE },
    0x5064: { arch: 'riscv64', efiStub: true, cmdlineSize: RISCV_CMDLINE },
  };
  return machines[readPeHeader(bytes).machine];
}

function isPe(bytes: Buffer): boolean {
  if (bytes.toString('latin1', 0, 2) !== 'MZ') return false;
  const at = bytes.readUInt32LE(0x3c);
  return at + 4 <= bytes.length && bytes.toString('latin1', at, at + 4) === 'PE\0\0';
}

/** Throws `cmdline-too-long` for a command line that the kernel would silently cut off. */
export function checkCmdline({ cmdlineSize, arch }: KernelInfo, cmdline: string): void {
  const length = Buffer.byteLength(cmdline);
  if (length <= cmdlineSize) return;
  throw new DiskError(
    'cmdline-too-long',
    `this ${arch} kernel takes a command line of at most ${cmdlineSize} bytes, got ${length}`,
  );
}
