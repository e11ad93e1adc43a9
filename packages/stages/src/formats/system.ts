import type { Content, Tree } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import { assemble, withoutBoot } from '../initramfs/assemble.js';
import { readFiles } from '../initramfs/files.js';
import type { Pipeline } from '../pipeline.js';
import type { FormatOptions } from '../plan/format-options.js';
import { planFormat } from '../plan/format-plan.js';
import type { LoaderName } from '../plan/loaders.js';
import type { OsPlan } from '../plan/os-plan.js';
import { fileNameOf } from '../plan/project-name.js';
import { initrdContent } from './initrd/index.js';
import { bootFiles, kernelFiles, type KernelFiles } from './kernel-files.js';

/** A finished OS as a format sees it: bytes that are read when they are written. */
export interface System {
  /** What file names begin with. */
  readonly name: string;
  readonly platform: string;
  readonly cmdline: string;
  readonly log: Log;
  readonly hasKernel: boolean;
  /** What the YAML says beside the format's name. */
  readonly options: FormatOptions;
  /** The kernel and its microcode; a clear error when the YAML has no kernel. */
  kernel(): Promise<KernelFiles>;
  /** Microcode first, then every segment, verified while it is read. */
  initrd(): Promise<Content>;
  /** The root file system, with the kernel below boot/. */
  tree(): Promise<Tree>;
  /** The root file system as an initrd holds it: without what lies in boot/. */
  rootTree(): Promise<Tree>;
  /** The files of a boot loader; a clear error when there is no image of it. */
  loader(name: LoaderName): Promise<Tree>;
  hasLoader(name: LoaderName): boolean;
}

export async function openSystem(
  pipeline: Pipeline,
  plan: OsPlan,
  format: string,
  log: Log,
): Promise<System> {
  const initramfs = await pipeline.initramfs(plan, log);
  const kernel = () => kernelFiles(pipeline, plan, log);
  const assembly = async () => assemble(pipeline, plan, log, await readFiles(pipeline, plan));
  return {
    name: fileNameOf(plan.name),
    platform: plan.platform,
    hasKernel: plan.os.kernel !== undefined,
    cmdline: plan.os.kernel?.cmdline ?? '',
    log,
    options: planFormat(plan, format).options,
    kernel,
    initrd: async () =>
      initrdContent(pipeline, initramfs, plan.os.kernel ? (await kernel()).ucode : undefined),
    tree: async () => {
      const assembled = await assembly();
      return plan.os.kernel ? bootFiles(assembled, await kernel(), plan, log) : assembled.root;
    },
    rootTree: async () => withoutBoot((await assembly()).root),
    loader: async (name) => {
      const planned = plan.loaders.get(name);
      if ('missing' in planned) throw planned.missing();
      return (await pipeline.extract(planned.image, log)).tree().tree;
    },
    hasLoader: (name) => 'image' in plan.loaders.get(name),
  };
}
