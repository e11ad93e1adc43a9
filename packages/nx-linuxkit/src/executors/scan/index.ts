import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeJson } from '../write-json.js';

export interface ScanOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** A feed of vulnerabilities that was downloaded, relative to the folder where Nx was started. */
  readonly with?: string;
  /** A VEX document, relative to the same folder; default: `my-os.vex.json` beside the YAML. */
  readonly vex?: string;
  /** The least severity that fails. */
  readonly failOn?: string;
  /** A file to write as JSON, relative to the same folder. */
  readonly outputFile?: string;
}

/** Says which packages of a system have vulnerabilities by a feed. Fails for those of a severity, after it has said all. */
export default async function scanExecutor(
  given: ScanOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os, failOn, outputFile, ...feed } = checkOptions<ScanOptions>('scan', given, context);
    const { checkScan, readSeverity, scanLines, scanSystem } = await import('@nx-linuxkit/stages/scan');
    const least = failOn === undefined ? undefined : readSeverity(failOn);
    const environment = await openWorkspace(context);
    const request = { ...feed, cwd: context.cwd };
    const scan = await scanSystem(environment, wholeIdentity(os), request, console.error);
    for (const line of scanLines(scan)) console.log(line);
    if (outputFile !== undefined) await writeJson(resolve(context.cwd, outputFile), scan);
    if (least !== undefined) checkScan(scan, least);
  });
}
