import type { Format, FormatOptions, Root } from './format.js';
import type { LoaderName } from './loaders.js';
import { formats } from './table.js';

/** The names of all formats, in the order of the table. */
export const formatNames: readonly string[] = formats.map(({ name }) => name);

const byName = new Map(formats.map((format) => [format.name, format]));

/** The format of a name; undefined when no format has it. */
export function findFormat(name: string): Format | undefined {
  return byName.get(name);
}

/** Names of the files that a format may make for a system, in LinuxKit's order. Some are optional: see formats.md. */
export function fileNames({ files }: Format, system: string): string[] {
  return Object.values(files).map((suffix) => system + suffix);
}

/** Tells whether a format can be made for a platform such as `linux/arm64`. */
export function supportsPlatform({ architectures }: Format, platform: string): boolean {
  return architectures === undefined || architectures.includes(platform.split('/')[1]);
}

/** What mounts a root that Linux does not unpack. */
const ROOT_LOADERS: Readonly<Partial<Record<Root, LoaderName>>> = {
  erofs: 'rootfs-loader',
  verity: 'verity-loader',
};

/**
 * The loaders that a format takes boot files from. A unified kernel image starts by the EFI stub, without GRUB. A root that is
 * mounted needs a small initrd that does it.
 */
export function loadersOf({ loaders = [] }: Format, options: FormatOptions): readonly LoaderName[] {
  const firmware: readonly LoaderName[] = options.uki ? ['efi-stub'] : loaders;
  const mounting = options.root && ROOT_LOADERS[options.root];
  return mounting ? [...firmware, mounting] : firmware;
}
