import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ExecutorContext } from '@nx/devkit';
import type { SystemSize } from '@nx-linuxkit/stages/size';
import { StageError, wholeIdentity, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeJson } from '../write-json.js';

export interface SizeOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** The most that the initrd may have, such as `50MB`. */
  readonly budget?: string;
  /** A file to write as JSON, relative to the folder where Nx was started. */
  readonly outputFile?: string;
  /** A file that an earlier run wrote: says what has changed since. */
  readonly since?: string;
}

/** Says what the initrd of a system is made of. Fails where it is larger than the budget, after it has said so. */
export default async function sizeExecutor(
  given: SizeOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os, budget, outputFile, since } = checkOptions<SizeOptions>('size', given, context);
    const { checkBudget, compareSizes, readBudget, sizeLines, systemSize } =
      await import('@nx-linuxkit/stages/size');
    const most = budget === undefined ? undefined : readBudget(budget);
    const before = since === undefined ? undefined : readSize(resolve(context.cwd, since), since);
    const size = await systemSize(await openWorkspace(context), wholeIdentity(os), console.error);
    for (const line of sizeLines(size, before && compareSizes(before, size))) console.log(line);
    if (outputFile !== undefined) await writeJson(resolve(context.cwd, outputFile), size, outputFile);
    if (most !== undefined) checkBudget(size, most);
  });
}

function readSize(path: string, named: string): SystemSize {
  const wrong = (code: 'missing-file' | 'bad-option', message: string, cause?: unknown) =>
    new StageError(code, message, {
      cause,
      hint: 'Write the file with `--output-file` in an earlier run of this target.',
    });
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw wrong('missing-file', `cannot read ${named}`, cause);
  }
  try {
    const size = JSON.parse(text) as SystemSize;
    if (Array.isArray(size.images) && Array.isArray(size.files) && typeof size.packed === 'number')
      return size;
  } catch {
    // The error below says what is wrong with it.
  }
  throw wrong('bad-option', `${named} is no measurement of a system: expected the JSON of \`--output-file\``);
}
