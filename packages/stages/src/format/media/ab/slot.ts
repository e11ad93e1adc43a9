import { createHash } from 'node:crypto';
import { readImage, type Image } from '@nx-linuxkit/disk';
import type { System } from '../../system.js';
import { unifiedKernel } from '../unified-kernel.js';
import { verityRoot, type VerityRoot } from './verity-root.js';

/** One version of a system, as a disk with room for two holds it. */
export interface Slot {
  /** The unified kernel image. */
  readonly program: Image;
  /** Its name in `EFI/Linux`. */
  readonly fileName: string;
  readonly version: string;
  /** Absent for a root in the initramfs. */
  readonly root?: VerityRoot;
}

/** The version of a system whose YAML gives none. */
const NO_VERSION = '0';
/** Seconds after which a kernel that has panicked starts the machine again, so that the loader can take another version. */
const PANIC = 10;
/** Digits of the program's digest in its name: enough to tell versions apart. */
const DIGITS = 12;

/** Makes the version that the YAML describes. */
export async function makeSlot(system: System): Promise<Slot> {
  const { root: kind, version = NO_VERSION } = system.options;
  const root = kind === 'verity' ? await verityRoot(system) : undefined;
  const cmdline = [system.cmdline.trim(), ...(root ? [`roothash=${root.hash}`] : []), ...panic(system)];
  const inner: System = {
    ...system,
    cmdline: cmdline.filter(Boolean).join(' '),
    ...(root && { initrd: async () => root.initrd }),
  };
  const program = await unifiedKernel(inner, { IMAGE_ID: system.name, IMAGE_VERSION: version });
  return {
    program,
    fileName: `${system.name}_${version}-${await digest(program)}.efi`,
    version,
    ...(root && { root }),
  };
}

function panic({ cmdline }: System): string[] {
  return /(^|\s)panic=/.test(cmdline) ? [] : [`panic=${PANIC}`];
}

async function digest(program: Image): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of readImage(program)) hash.update(chunk);
  return hash.digest('hex').slice(0, DIGITS);
}
