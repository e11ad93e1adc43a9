import type { FileRole } from '@nx-linuxkit/formats';
import { outputRootOf, type Environment, type Log } from '../environment.js';
import { StageError } from '../error.js';
import type { BootFile, BootFiles } from '../format/boot-files.js';
import { Pipeline } from '../pipeline.js';
import { knownFormat } from '../plan/known-format.js';
import { pullSystem, type PulledSystem } from '../publish/system/pull-system.js';
import { planFiles, readFiles, type StandaloneBuild } from './build.js';
import { forSystem } from './environment.js';

/** Which formats to make of a system that was pushed. */
export interface SystemConversion extends Pick<StandaloneBuild, 'packagesFrom' | 'folder' | 'size'> {
  /** The system, by tag or digest. */
  readonly reference: string;
  /** Throws for a system of another platform. Default: the system's. */
  readonly platform?: string;
  /** What names of files begin with. */
  readonly name: string;
  readonly formats: readonly string[];
}

/** What other formats are made of. */
const CONVERTIBLE = 'kernel+initrd';
/** Standard input among files of a system. */
const TEXT = '-';

/**
 * Makes formats out of a system that was pushed with the format kernel+initrd. The bytes depend on these files, the name and
 * the loaders alone; beside the identifiers of disks they are those that the system's own workspace makes. Throws StageError `unknown-format` for a system without that format, `unsupported` for a format that
 * needs the root file system and for another platform, and what fetching and making throw.
 */
export async function convertSystem(
  environment: Environment,
  { reference, platform: wanted, name, formats, ...more }: SystemConversion,
  log: Log,
): Promise<void> {
  const own = forSystem(environment, ['convert', reference]);
  const request = {
    reference,
    format: CONVERTIBLE,
    preferred: [],
    folder: outputRootOf(own),
    byVersion: true,
  };
  const pulled = await pullSystem(environment, request, log);
  const { platform } = pulled;
  if (wanted !== undefined && wanted !== platform) {
    throw new StageError('unsupported', `${reference} is a system for ${platform}, expected ${wanted}`);
  }
  const bootFiles = bootFilesOf(pulled, reference);
  const input = JSON.stringify({ outputs: formats.map((format) => ({ format })) });
  const files = { files: [TEXT], input, packagesFrom: more.packagesFrom };
  const build = { ...files, ...more, name, platform, formats };
  const plan = await planFiles(own, readFiles(own, files), build, log);
  const pipeline = new Pipeline(own);
  try {
    for (const format of formats) await pipeline.convert(plan, bootFiles, format, log);
  } finally {
    await pipeline.close();
  }
}

function bootFilesOf({ format, prefix, digests }: PulledSystem, reference: string): BootFiles {
  const suffixes = knownFormat(format).files;
  const at = (role: FileRole): BootFile | undefined => {
    const digest = digests[role];
    return digest && { path: prefix + suffixes[role], digest };
  };
  const [kernel, initrd, cmdline] = [at('kernel'), at('initrd'), at('cmdline')];
  if (kernel && initrd) return { kernel, initrd, cmdline };
  throw new StageError('no-kernel', `${reference} has no kernel, so that nothing can start it`, {
    hint: 'Add `kernel` with an image to its YAML, and push it again.',
  });
}
