import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeJson } from '../write-json.js';

export interface LicensesOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** The only licences that packages may have, as identifiers of SPDX. */
  readonly allow?: readonly string[];
  /** Licences that no package may have. */
  readonly deny?: readonly string[];
  /** A file to write as JSON, relative to the folder where Nx was started. */
  readonly outputFile?: string;
}

/** Says which licences the packages of a system have. Fails where the lists refuse one, after it has said all. */
export default async function licensesExecutor(
  given: LicensesOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os, allow, deny, outputFile } = checkOptions<LicensesOptions>('licenses', given, context);
    const { checkLicenses, licenseLines, readPolicy, systemLicenses } =
      await import('@nx-linuxkit/stages/licenses');
    const policy = readPolicy({ allow, deny });
    const licenses = await systemLicenses(await openWorkspace(context), wholeIdentity(os), console.error);
    for (const line of licenseLines(licenses)) console.log(line);
    if (outputFile !== undefined) await writeJson(resolve(context.cwd, outputFile), licenses);
    checkLicenses(licenses, policy);
  });
}
