import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseJson, type ExecutorContext } from '@nx/devkit';
import { StageError, wholeIdentity, type Settings, type ShortIdentity } from '@nx-linuxkit/stages/plan';
import { openWorkspace, pluginOptions } from '../open-workspace.js';
import { checkOptions } from '../options/check-options.js';
import { reported } from '../report.js';
import { writeJson } from '../write-json.js';

export interface DiffOptions {
  /** Set by inference: the system. */
  readonly os: ShortIdentity;
  /** A folder of formats, relative to the folder where Nx was started, a git ref, or the reference of a system. */
  readonly with?: string;
  /** A file to write as JSON, relative to the folder where Nx was started. */
  readonly outputFile?: string;
}

/** Says how a system differs from another state of it. A difference is no failure. */
export default async function diffExecutor(
  given: DiffOptions,
  context: ExecutorContext,
): Promise<{ success: boolean }> {
  return reported(async () => {
    const { os, with: other, outputFile } = checkOptions<DiffOptions>('diff', given, context);
    if (other === undefined) throw nothingNamed();
    const { diffLines, diffSystem } = await import('@nx-linuxkit/stages/diff');
    const request = { os: wholeIdentity(os), with: other, cwd: context.cwd, settingsAt };
    const diff = await diffSystem(await openWorkspace(context), request, console.error);
    for (const line of diffLines(diff)) console.log(line);
    if (outputFile !== undefined) await writeJson(resolve(context.cwd, outputFile), diff, outputFile);
  });
}

/** The plugin's options as the nx.json of a folder has them. */
function settingsAt(workspaceRoot: string): Settings {
  return pluginOptions(parseJson(readFileSync(join(workspaceRoot, 'nx.json'), 'utf8')));
}

function nothingNamed(): StageError {
  return new StageError('bad-option', 'expected the option `with` to say what to compare with, got nothing', {
    hint: 'Name a folder such as `--with=dist/my-os`, a git ref such as `--with=HEAD~1`, or a reference in a registry.',
  });
}
