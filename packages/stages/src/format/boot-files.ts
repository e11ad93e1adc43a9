import { readFile, stat } from 'node:fs/promises';
import type { Content, Tree } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import { StageError } from '../error.js';
import type { Extracted } from '../extract/index.js';
import type { ImageNode } from '../plan/image-node.js';
import type { OsPlan } from '../plan/os-plan.js';
import { plannedSystem, type System } from './system.js';

/** A file on this machine whose bytes were compared with a digest. */
export interface BootFile {
  /** Absolute. */
  readonly path: string;
  /** Identifiers of disks derive from it, as from the names of layers in the system's own workspace. */
  readonly digest: string;
}

/** The files of a system that was made elsewhere: those of the format kernel+initrd. */
export interface BootFiles {
  readonly kernel: BootFile;
  readonly initrd: BootFile;
  /** Absent for a system without a command line. */
  readonly cmdline?: BootFile;
}

/** What a format is made of when the system is there. */
export interface BootFilesInput {
  /** Has the name, the platform, the options of formats and the loaders: a plan without images. */
  readonly plan: OsPlan;
  readonly files: BootFiles;
  /** The flattened tree of a loader's image. */
  readonly extracted: (image: ImageNode) => Promise<Extracted>;
}

/** A system that was made elsewhere, as one format sees it. Formats that need its root file system are refused. */
export async function openBootFiles(
  { plan, files, extracted }: BootFilesInput,
  format: string,
  context: Context,
): Promise<System> {
  const [kernel, initrd] = await Promise.all([contentAt(files.kernel), contentAt(files.initrd)]);
  return {
    ...plannedSystem({ plan, extracted }, format, context),
    hasKernel: true,
    cmdline: files.cmdline ? await readFile(files.cmdline.path, 'utf8') : '',
    kernel: async () => ({
      kernel: plan.settings.decompressKernel
        ? await (await import('./kernel/decompress.js')).decompressKernel(kernel, context)
        : kernel,
      mode: 0o644,
    }),
    initrd: async () => initrd,
    tree: withoutRoot,
    rootTree: withoutRoot,
  };

  async function contentAt({ path, digest }: BootFile): Promise<Content> {
    const { size } = await stat(path);
    return { source: context.file(path, { id: digest, size }), offset: 0, size };
  }

  async function withoutRoot(): Promise<Tree> {
    throw new StageError(
      'unsupported',
      `${format} is made of a root file system, and the system has a kernel and an initrd`,
      {
        hint: 'Push that format from the workspace that has the YAML, or take a format that boots an initrd.',
      },
    );
  }
}
