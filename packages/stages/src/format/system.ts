import type { BlockStore } from '@nx-linuxkit/deflate';
import type { EnrolledVariable, Image, Signer } from '@nx-linuxkit/disk';
import type { FormatOptions, LoaderName } from '@nx-linuxkit/formats';
import type { Content, Tree } from '@nx-linuxkit/tree';
import type { Context } from '../context.js';
import type { Log } from '../environment.js';
import type { Extracted } from '../extract/index.js';
import { readFiles } from '../initramfs/files.js';
import { originOf } from '../initramfs/index.js';
import type { Initramfs } from '../initramfs/initramfs.js';
import { mergeRoot, withoutBoot } from '../initramfs/merged-root.js';
import type { Bundles } from '../oci-config/index.js';
import { planFormat } from '../plan/format-plan.js';
import type { ImageNode } from '../plan/image-node.js';
import type { OsPlan, SegmentNode } from '../plan/os-plan.js';
import { fileNameOf } from '../plan/project-name.js';
import type { Sbom } from '../sbom/index.js';
import { placeSegment, type SegmentInput } from '../segment/place-segment.js';
import { initrdContent } from './initrd/index.js';
import { keptBlocks } from './kept-blocks.js';
import { kernelFiles, withKernelFiles, type KernelFiles } from './kernel-files.js';

/** What a finished system is made of. All but its initramfs is asked for only by formats that need it. */
export interface SystemInput {
  readonly plan: OsPlan;
  readonly initramfs: Initramfs;
  readonly bundles: () => Promise<Bundles>;
  /** Absent for a system without a bill of materials. */
  readonly sbom: () => Promise<Sbom | undefined>;
  /** The flattened tree of the kernel's image or of a loader's. */
  readonly extracted: (image: ImageNode) => Promise<Extracted>;
  /** What placing an image reads. */
  readonly placing: (node: SegmentNode) => Promise<SegmentInput>;
}

/** A finished system as a format sees it. Bytes are read when they are written. */
export interface System {
  /** The name of the format. */
  readonly format: string;
  /** What file names begin with. */
  readonly name: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** The kernel's command line; '' where the YAML has none. */
  readonly cmdline: string;
  readonly log: Log;
  /** Keeps what a format compresses for later builds. */
  readonly kept: BlockStore;
  readonly hasKernel: boolean;
  /** What the YAML says beside the format's name. */
  readonly options: FormatOptions;
  /** The kernel and its microcode. Throws StageError `no-kernel` where the YAML has no kernel. */
  kernel(): Promise<KernelFiles>;
  /** Microcode first, then every segment, verified while it is read; with `root: erofs` a loader and the root. */
  initrd(): Promise<Content>;
  /** The root file system, with the kernel below boot/. */
  tree(): Promise<Tree>;
  /** The root file system as an initrd holds it: without what lies in boot/. */
  rootTree(): Promise<Tree>;
  /** The files of a boot loader. Throws StageError `no-loader` where no image has them. */
  loader(name: LoaderName): Promise<Tree>;
  hasLoader(name: LoaderName): boolean;
  /** An EFI program as Secure Boot takes it: signed with the option `secureBoot`, else as it is. */
  signed(program: Image): Promise<Image>;
  /** Files that enrol the certificate of `secureBoot` on firmware in setup mode; undefined where the workspace has none to enrol. */
  enrolment(): Promise<Record<EnrolledVariable, Buffer> | undefined>;
}

/** The system of a plan, as one format sees it. */
export function openSystem(input: SystemInput, format: string, context: Context): System {
  const { plan, initramfs, extracted } = input;
  const kernel = () => kernelFiles(plan, extracted, context);
  const root = async () =>
    mergeRoot({
      plan,
      bundles: await input.bundles(),
      files: await readFiles(plan, context),
      sbom: (await input.sbom())?.file,
      place: async (node) => placeSegment(await input.placing(node), originOf(node), context),
    });
  return {
    ...plannedSystem(input, format, context),
    hasKernel: plan.os.kernel !== undefined,
    cmdline: plan.os.kernel?.cmdline ?? '',
    kernel,
    initrd: async () =>
      initrdContent(initramfs, plan.os.kernel ? (await kernel()).ucode : undefined, context),
    tree: async () => {
      const merged = await root();
      return plan.os.kernel ? withKernelFiles(merged, await kernel(), plan, context.log) : merged.root;
    },
    rootTree: async () => withoutBoot((await root()).root),
  };
}

/** What a plan says of a system, whatever its files are made of. */
export function plannedSystem(
  { plan, extracted }: Pick<SystemInput, 'plan' | 'extracted'>,
  format: string,
  { log, path, store }: Pick<Context, 'log' | 'path' | 'store'>,
): Omit<System, 'hasKernel' | 'cmdline' | 'kernel' | 'initrd' | 'tree' | 'rootTree'> {
  return {
    format,
    name: fileNameOf(plan.name),
    platform: plan.platform,
    log,
    kept: keptBlocks(store),
    options: planFormat(plan, format).options,
    loader: async (name) => {
      const planned = plan.loaders.get(name);
      if ('missing' in planned) throw planned.missing();
      return (await extracted(planned.image)).tree().tree;
    },
    hasLoader: (name) => 'image' in plan.loaders.get(name),
    signed: async (program) => {
      const signer = await signerOf(plan.settings, path);
      return signer ? (await import('@nx-linuxkit/disk')).signProgram(program, signer) : program;
    },
    enrolment: async () => {
      const signer = plan.settings.secureBoot?.enrol ? await signerOf(plan.settings, path) : undefined;
      return signer && (await import('@nx-linuxkit/disk')).enrolment(signer);
    },
  };
}

/** What signs EFI programs, if the workspace says so. It is loaded for such a workspace alone. */
async function signerOf(
  { secureBoot }: OsPlan['settings'],
  path: Context['path'],
): Promise<Signer | undefined> {
  if (!secureBoot) return undefined;
  const { programSigner } = await import('./secure-boot/program-signer.js');
  return programSigner(secureBoot, { path, environment: process.env });
}
