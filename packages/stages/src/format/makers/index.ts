import type { Format } from '@nx-linuxkit/formats';
import { StageError } from '../../error.js';
import type { MakeFormat } from './maker.js';

/** The makers of the formats that are no medium in a container. */
const MAKERS: Readonly<Record<string, () => Promise<MakeFormat>>> = {
  'kernel+initrd': async () => (await import('./kernel-initrd.js')).kernelInitrd,
  tar: async () => (await import('./tar.js')).tar,
  docker: async () => (await import('./docker.js')).docker,
  'tar-kernel-initrd': async () => (await import('./tar-kernel-initrd.js')).tarKernelInitrd,
  eif: async () => (await import('./eif.js')).eif,
  netboot: async () => (await import('./netboot.js')).netboot,
  'ab-update': async () => (await import('./ab-update.js')).abUpdate,
  rpi3: async () => (await import('./rpi.js')).rpi3,
  'raw-rpi': async () => (await import('./rpi.js')).rawRpi,
};

/** Loads the code that makes a format, and nothing of the other formats. */
export async function loadMaker(format: Format): Promise<MakeFormat> {
  const { name, medium, container, fileSystem } = format;
  if (fileSystem) return (await import('./kernel-root.js')).kernelRoot(fileSystem);
  if (medium && container) return (await import('./medium.js')).mediumIn(medium, container);
  if (Object.hasOwn(MAKERS, name)) return MAKERS[name]();
  throw new StageError('unsupported', `the format ${name} is in the table and has no maker`);
}
