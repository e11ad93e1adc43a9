import { join, relative, resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import { wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeWhole } from '../write-whole.js';

export interface InspectOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** The page, relative to the folder where Nx was started. Default: `inspect.html` beside the system's formats. */
  readonly outputFile?: string;
}

/** Writes a page that shows what a system is made of: one HTML file, which loads nothing. */
export default async function inspectExecutor(
  given: InspectOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os: short, outputFile } = checkOptions<InspectOptions>('inspect', given, context);
    const { inspectSystem } = await import('@nx-linuxkit/stages/inspect');
    const { inspectPage } = await import('@nx-linuxkit/inspect');
    const os = wholeIdentity(short);
    const page =
      outputFile === undefined
        ? join(context.root, os.dist, 'inspect.html')
        : resolve(context.cwd, outputFile);
    const system = await inspectSystem(await openWorkspace(context), os, console.error);
    await writeWhole(page, [Buffer.from(inspectPage(system))], outputFile);
    console.log(`${os.name}: a browser shows ${relative(context.cwd, page)}`);
  });
}
