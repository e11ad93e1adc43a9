import type { LoaderShare } from '@nx-linuxkit/disk';

const INITRD = 'initrd=/initrd.img';
const ADDED = `BOOT_IMAGE=/kernel ${INITRD} `;

/**
 * What syslinux and isolinux put before the line. They count the NUL at its end, which the kernel does not, and cut off
 * a byte of a line that fills the kernel's room.
 */
export const SYSLINUX_SHARE: LoaderShare = { text: ADDED, bytes: ADDED.length + 1 };

/**
 * The configuration of syslinux and isolinux: one entry, started at once. The loader takes the first `initrd=` of a
 * line for its own, wherever it stands in a word, so its own comes first and the directive INITRD, which puts it last,
 * is not used. All else in the line reaches the kernel as it is.
 */
export function syslinuxConfig(cmdline: string): string {
  const line = `${INITRD} ${cmdline}`.trimEnd();
  return `DEFAULT linux\nLABEL linux\nKERNEL /kernel\nAPPEND ${line}\n`;
}
