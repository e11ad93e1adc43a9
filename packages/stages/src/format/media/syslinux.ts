/** The configuration of syslinux and isolinux: one entry, started at once. */
export function syslinuxConfig(cmdline: string): string {
  return `DEFAULT linux\nLABEL linux\nKERNEL /kernel\nINITRD /initrd.img\n${cmdline ? `APPEND ${cmdline}\n` : ''}`;
}
