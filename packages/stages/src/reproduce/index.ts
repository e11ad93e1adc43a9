import { readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findFormat } from '@nx-linuxkit/formats';
import { outputRootOf, type Environment, type Log } from '../environment.js';
import { StageError } from '../error.js';
import { pathsIn } from '../format/index.js';
import { Pipeline } from '../pipeline.js';
import type { OsIdentity } from '../plan/identify.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readPlan } from '../plan/read-plan.js';
import { targetName, type TargetNaming } from '../plan/target-names.js';
import { changedOutputs } from './changed-outputs.js';
import { compareFiles, type Comparison } from './compare-files.js';
import { initrdPosition } from './initrd-position.js';
import { inScratch } from './scratch.js';

/** Which files to compare. */
export interface ReproduceRequest {
  readonly os: OsIdentity;
  /** Names of formats. Default: those that the YAML declares. */
  readonly formats?: readonly string[];
}

/** A file of a format that is not what a second build gives. */
interface Difference extends Comparison {
  /** Relative to the workspace. */
  readonly path: string;
  readonly firstDifference: number;
  /** What holds the first byte that differs, where the format says it. */
  readonly position?: string;
}

/**
 * Builds the formats of a system a second time, from the locked digests down and with nothing that an earlier build made,
 * and compares the files with those in `dist`. Logs a line for each file with its sha256. Throws StageError
 * `not-reproduced` for the first file that differs, `not-locked` where the lock misses a reference, and the Fault of a
 * second build that fails. The files in `dist` stay as they are.
 */
export async function reproduceBuild(
  environment: Environment,
  { os, formats }: ReproduceRequest,
  log: Log,
): Promise<void> {
  const inputs = readPlan(environment.workspaceRoot, os, environment.settings);
  refuseUnlocked(inputs.unlocked(os.platform), os, environment.settings);
  // The second build writes below the scratch folder, wherever the first one wrote.
  const plan = inputs.plan(os.flat ? { ...os, flat: false, dist: 'dist' } : os);
  await inScratch(environment, async (scratch) => {
    const roots = { first: outputRootOf(environment), second: scratch.outputRoot };
    const differences: Difference[] = [];
    const pipeline = new Pipeline(withoutRegistry(scratch));
    try {
      for (const format of formats ?? inputs.outputs) {
        // The first build has logged all of this already.
        await pipeline.makeFormat(plan, format, () => undefined);
        differences.push(...(await compareFormat(plan, format, roots, os, log)));
        // The next format needs its space on the disk.
        await rm(join(roots.second, plan.dist, format), { recursive: true });
      }
    } finally {
      await pipeline.close();
    }
    if (differences.length > 0) throw await notReproduced(plan, differences[0], roots);
  });
}

/** A registry of packages keeps what an earlier build made. */
function withoutRegistry({ settings, ...environment }: Environment): Environment {
  const packages = { ...settings.packages, registry: undefined };
  return { ...environment, settings: { ...settings, packages } };
}

/** Where the outputs of the two builds lie. */
interface Roots {
  readonly first: string;
  readonly second: string;
}

async function compareFormat(
  plan: OsPlan,
  format: string,
  roots: Roots,
  { flat, dist }: Pick<OsIdentity, 'flat' | 'dist'>,
  log: Log,
): Promise<Difference[]> {
  const folder = flat ? dist : join(plan.dist, format);
  const [first, second] = [resolve(roots.first, folder), join(roots.second, plan.dist, format)];
  // Other formats have files in a folder that they share.
  const others = flat ? [] : await namesIn(first);
  const names = [...new Set([...others, ...(await namesIn(second))])].sort();
  const differences: Difference[] = [];
  for (const name of names) {
    const path = join(folder, name);
    const compared = await compareFiles(join(first, name), join(second, name));
    const { actual, expected, firstDifference } = compared;
    if (firstDifference === undefined) {
      log(`verify ${path}: sha256 ${actual}, the same again`);
      continue;
    }
    log(`verify ${path}: sha256 ${actual ?? 'of no file'}, built again ${expected ?? 'no such file'}`);
    const position = await positionOf(firstDifference, join(second, name), plan, format, roots);
    differences.push({ ...compared, path, firstDifference, position });
  }
  return differences;
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return [];
  });
}

/** Only the initrd of `kernel+initrd` is a list of segments; other formats hold one inside, or make their own. */
async function positionOf(
  offset: number,
  path: string,
  plan: OsPlan,
  name: string,
  { second }: Roots,
): Promise<string | undefined> {
  const format = findFormat(name);
  if (name !== 'kernel+initrd' || !format) return undefined;
  if (path !== pathsIn(join(second, plan.dist, name), format, plan)('initrd')) return undefined;
  return initrdPosition(offset, path, plan, second);
}

async function notReproduced(
  { name, settings }: OsPlan,
  { path, actual, expected, firstDifference, position }: Difference,
  roots: Roots,
): Promise<StageError> {
  const changed = await changedOutputs(roots.first, roots.second);
  const place = `first difference at byte ${firstDifference}${position ? `, in ${position}` : ''}`;
  const what =
    actual === undefined
      ? 'is missing'
      : expected === undefined
        ? 'is a file that a second build does not make'
        : `is not what a second build gives: ${place}`;
  const origin =
    changed.length > 0
      ? `Outputs of stages that differ as well: ${changed.join(', ')}.`
      : 'All outputs of stages in .linuxkit are right, so the file was changed after it was made, or came from a cache.';
  return new StageError('not-reproduced', `${path} ${what}`, {
    hint: `${origin} Do not boot it. Remove .linuxkit and dist, run \`nx reset\`, which empties the local cache, then \`nx ${targetName('build', settings)} ${name} --skip-nx-cache\`; a remote cache keeps what it has until its entry is removed there.`,
  });
}

function refuseUnlocked(
  missing: readonly string[],
  { name, file, platform }: OsIdentity,
  naming: TargetNaming,
): void {
  if (missing.length === 0) return;
  throw new StageError(
    'not-locked',
    `the lock of ${file} does not pin ${missing.join(', ')} for ${platform}`,
    {
      where: { file },
      hint: `Run \`nx ${targetName('lock', naming)} ${name}\`: a build can only be repeated from locked digests.`,
    },
  );
}
