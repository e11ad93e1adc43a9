/** The boot loaders that formats take files from. Each is an image, pinned as all others. */
export const loaderNames = [
  'isolinux',
  'syslinux',
  'grub-efi',
  'efi-stub',
  'systemd-boot',
  'rootfs-loader',
  'verity-loader',
  'rpi-firmware',
] as const;

/** The name of a boot loader, as the plugin option `loaders` has it. */
export type LoaderName = (typeof loaderNames)[number];
