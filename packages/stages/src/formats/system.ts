import { createReadStream } from 'node:fs';
import { createHash } from 'node:crypto';
import type { Content, Tree } from '@nx-linuxkit/tree';
import type { Log } from '../environment.js';
import { StageError } from '../error.js';
import { assemble } from '../initramfs/assemble.js';
import type { Initramfs, PlacedSegment } from '../initramfs/index.js';
import { CHUNK } from '../output.js';
import type { Pipeline } from '../pipeline.js';
import type { OsPlan } from '../plan/os-plan.js';
import { fileNameOf } from '../plan/project-name.js';
import { bootFiles, kernelFiles, type KernelFiles } from './kernel-files.js';

/** A finished OS as a format sees it: bytes that are read when they are written. */
export interface System {
  /** What file names begin with. */
  readonly name: string;
  readonly platform: string;
  readonly cmdline: string;
  readonly log: Log;
  readonly hasKernel: boolean;
  /** The kernel and its microcode; a clear error when the YAML has no kernel. */
  kernel(): Promise<KernelFiles>;
  /** Microcode first, then every segment, verified while it is read. */
  initrd(): AsyncIterable<Uint8Array>;
  /** bytes */
  initrdSize(): Promise<number>;
  /** The root file system, with the kernel below boot/. */
  tree(): Promise<Tree>;
}

export async function openSystem(pipeline: Pipeline, plan: OsPlan, log: Log): Promise<System> {
  const initramfs = await pipeline.initramfs(plan, log);
  const kernel = () => kernelFiles(pipeline, plan, log);
  const ucode = async () => (plan.os.kernel ? (await kernel()).ucode : undefined);
  return {
    name: fileNameOf(plan.name),
    platform: plan.platform,
    hasKernel: plan.os.kernel !== undefined,
    cmdline: plan.os.kernel?.cmdline ?? '',
    log,
    kernel,
    initrd: () => readInitrd(pipeline, initramfs, ucode),
    initrdSize: async () =>
      initramfs.segments.reduce((sum, { size }) => sum + size, padded((await ucode())?.size ?? 0)),
    tree: async () => {
      const assembly = await assemble(pipeline, plan, log);
      return plan.os.kernel ? bootFiles(assembly, await kernel(), plan) : assembly.root;
    },
  };
}

/** An uncompressed archive is followed by one that starts at a multiple of four. */
function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

async function* readInitrd(
  pipeline: Pipeline,
  { segments }: Initramfs,
  ucode: () => Promise<Content | undefined>,
): AsyncGenerator<Uint8Array> {
  const microcode = await ucode();
  if (microcode) {
    yield* microcode.source.read(microcode.offset, microcode.offset + microcode.size);
    if (padded(microcode.size) > microcode.size)
      yield new Uint8Array(padded(microcode.size) - microcode.size);
  }
  for (const segment of segments) yield* readSegment(pipeline, segment);
}

/** Bytes that are not what the stage made fail the write, at the segment's end: nothing is renamed then. */
async function* readSegment(pipeline: Pipeline, segment: PlacedSegment): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(pipeline.path(segment.path), { highWaterMark: CHUNK })) {
    hash.update(chunk as Buffer);
    yield chunk as Buffer;
  }
  if (hash.digest('hex') !== segment.sha256) throw new DamagedSegment(segment);
}

/** Caught by the format stage, which has the segment made again. */
export class DamagedSegment extends StageError {
  constructor(readonly segment: PlacedSegment) {
    super('missing-file', `${segment.path} is not what its stage made: expected sha256 ${segment.sha256}`, {
      hint: 'Build again; if it stays, delete the .linuxkit folder.',
    });
  }
}
