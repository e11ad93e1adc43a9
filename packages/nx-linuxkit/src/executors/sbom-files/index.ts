import type { ExecutorContext } from '@nx/devkit';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';

export interface SbomFilesOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** A VEX document, relative to the folder where Nx was started; default: `my-os.vex.json` beside the YAML. */
  readonly vex?: string;
  /** The URI of the party that runs builds. */
  readonly builderId?: string;
}

/** Writes the documents about a system beside its formats: bills of materials, provenance, VEX. */
export default async function sbomFilesExecutor(
  given: SbomFilesOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os, ...options } = checkOptions<SbomFilesOptions>('sbom-files', given, context);
    const { writeSystemBom } = await import('@nx-linuxkit/stages/bom');
    const request = { ...options, cwd: context.cwd };
    const environment = await openWorkspace(context);
    console.log(await writeSystemBom(environment, wholeIdentity(os), request, console.error));
  });
}
