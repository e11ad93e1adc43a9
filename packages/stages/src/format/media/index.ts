import type { Image } from '@nx-linuxkit/disk';
import type { Medium } from '@nx-linuxkit/formats';
import type { System } from '../system.js';

/** Makes a medium's bytes, which are read when they are written. */
export type MakeMedium = (system: System) => Promise<Image>;

/** The media that are one file. */
const MEDIA: Readonly<Partial<Record<Medium, () => Promise<MakeMedium>>>> = {
  'bios-disk': async () => (await import('./bios-disk.js')).biosDisk,
  'efi-disk': async () => (await import('./efi-disk.js')).efiDisk,
  'ab-disk': async () => (await import('./ab/disk.js')).abDisk,
  'bios-cd': async () => (await import('./boot-iso.js')).bootIso({ bios: true }),
  'efi-cd': async () => (await import('./boot-iso.js')).bootIso({ efi: true }),
  'hybrid-cd': async () => (await import('./boot-iso.js')).bootIso({ bios: true, efi: true }),
  'efi-program': async () => (await import('./unified-kernel.js')).unifiedKernel,
};

/** Loads the code that makes a medium; undefined for a medium of several files. */
export async function loadMedium(medium: Medium): Promise<MakeMedium | undefined> {
  return MEDIA[medium]?.();
}
