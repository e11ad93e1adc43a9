import type { ExecutorContext } from '@nx/devkit';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export interface SbomFilesOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
}

/** Writes the bills of materials of a system beside its formats. */
export default async function sbomFilesExecutor(
  given: SbomFilesOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os } = checkOptions<SbomFilesOptions>('sbom-files', given, context);
    const { writeSystemBom } = await import('@nx-linuxkit/stages/bom');
    console.log(await writeSystemBom(await openWorkspace(context), wholeIdentity(os), console.error));
  });
}
