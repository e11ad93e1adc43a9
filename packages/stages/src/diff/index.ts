import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment, Log } from '../environment.js';
import { StageError } from '../error.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import { imageKey } from '../plan/image-node.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readPlan } from '../plan/read-plan.js';
import type { Settings } from '../plan/settings.js';
import { compareFiles } from './compare-files.js';
import { OpenFiles } from './open-files.js';
import { withOther, type OpenOther } from './other-root.js';
import { packagesOf, versionChanges } from './packages.js';
import type { SystemDiff } from './system-diff.js';

export { diffLines } from './lines.js';
export type { FileChange, FileState, SystemDiff, VersionChange } from './system-diff.js';

/** What to compare in a workspace. */
export interface DiffRequest {
  readonly os: OsIdentity;
  /** A folder of formats, relative to `cwd`, a git ref, or the reference of a system that was pushed. */
  readonly with: string;
  /** Absolute path. */
  readonly cwd: string;
  /** The settings of the workspace at a commit, whose files lie in the folder. */
  readonly settingsAt: (workspaceRoot: string) => Settings;
}

/**
 * Compares the root of a system with another state of it, which is the one before. Makes what is not made yet; every
 * reference must be locked. Throws the Fault of whatever failed.
 */
export async function diffSystem(
  environment: Environment,
  request: DiffRequest,
  log: Log,
): Promise<SystemDiff> {
  const { os, settingsAt } = request;
  const planIn = async (there: Environment) => {
    if (!existsSync(join(there.workspaceRoot, os.file))) throw absent(os.file, request.with);
    const settings = settingsAt(there.workspaceRoot);
    const inputs = readPlan(there.workspaceRoot, os, settings);
    const missing = inputs.unlocked(os.platform);
    if (missing.length > 0) throw unlocked(missing);
    return inputs.plan(os);
  };
  const plan = readPlan(environment.workspaceRoot, os, environment.settings).plan(os);
  return diffPlanned(environment, plan, { ...request, planIn }, log);
}

/** Compares the root of a planned system with another state of it; see `diffSystem`. */
export async function diffPlanned(
  environment: Environment,
  plan: OsPlan,
  request: Pick<OpenOther, 'with' | 'cwd' | 'planIn'>,
  log: Log,
): Promise<SystemDiff> {
  const pipeline = new Pipeline(environment);
  const files = new OpenFiles();
  try {
    const { root } = await pipeline.root(plan, log);
    return await withOther({ environment, ...request, files, log }, async (other) => {
      const packages = versionChanges(await packagesOf(other.root), await packagesOf(root));
      return {
        ...{ system: plan.name, platform: plan.platform, with: request.with },
        files: await compareFiles(other.root, root),
        ...(other.plan && { images: versionChanges(imagesOf(other.plan), imagesOf(plan)) }),
        packages,
      };
    });
  } finally {
    await files.close();
    await pipeline.close();
  }
}

function absent(file: string, commit: string): StageError {
  return new StageError('missing-file', `${commit} has no ${file}`, {
    hint: `Compare with a commit that has it: \`git log -- ${file}\` lists those that changed it.`,
  });
}

function unlocked(missing: readonly string[]): StageError {
  return new StageError('not-locked', `the lock of that commit does not pin ${missing.join(', ')}`, {
    hint: 'Compare with a commit whose lock is complete.',
  });
}

/** The images of a system by the reference in the YAML: a digest, or the node of a package. */
function imagesOf({ segments }: OsPlan): Map<string, string> {
  return new Map(
    segments.map(({ reference, image }) => [
      reference,
      image.source.kind === 'pulled' ? imageKey(image) : image.id,
    ]),
  );
}
