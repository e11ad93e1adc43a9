import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatNames } from '@nx-linuxkit/formats';
import { EMPTY_LOCK, readLock, type Lock } from '@nx-linuxkit/oci/lock';
import { readOsList, type OsSpec } from '@nx-linuxkit/spec';
import { PackageFinder } from './find-package.js';
import { checkFormatOptions } from './format-options.js';
import type { OsIdentity } from './identify.js';
import type { PackageImage } from './image-node.js';
import type { OsPlan } from './os-plan.js';
import { formatsOf, planOs, unlocked } from './plan-os.js';
import { lockFileOf } from './project-name.js';
import { referencesOf, whereIs } from './references.js';
import { mapReference, PACKAGE_PREFIX, type Settings } from './settings.js';

/** The text of a file, by its path relative to the workspace. */
type Load = (path: string) => string;

/** A system as its files say it, whether or not every reference is locked. */
export interface OsInputs {
  readonly os: OsSpec;
  readonly lock: Lock;
  /** The formats that `build` makes. */
  readonly outputs: readonly string[];
  /**
   * The whole graph for one platform, whose references must be locked. Throws StageError for a missing package, and
   * SignatureError `invalid-policy`.
   */
  plan(identity: OsIdentity): OsPlan;
  /** References that the lock does not pin for the platform. */
  unlocked(platform: string): string[];
}

/**
 * Reads the YAML, the files that it extends and those in `before`, and its lock. Paths are relative to the workspace.
 * Throws SpecError and OciError with file, line and column. Uses no network and no clock, because inference calls it.
 */
export function readPlan(
  workspaceRoot: string,
  file: string,
  settings: Settings,
  before: readonly string[] = [],
  packages: PackageFinder = new PackageFinder(workspaceRoot, settings),
  load: Load = (path) => readFileSync(join(workspaceRoot, path), 'utf8'),
): OsInputs {
  const os = readOsList([...before, file], load, { formats: formatNames });
  checkFormatOptions(os);
  const lock = readLockFile(lockFileOf(file), load);
  return {
    os,
    lock,
    outputs: formatsOf(os, settings),
    plan: (identity) =>
      planOs(identity, {
        os,
        lock,
        settings,
        packageNode: (name, where, platform) => packages.node(packages.find(name, where, file), platform),
        readText: (path) => readable(path, load),
      }),
    unlocked: (platform) => [
      ...unlocked(os, lock, settings, platform),
      ...packagesOf(os, settings, packages, file).flatMap((source) =>
        packages
          .unlocked(source, platform)
          .map((missing) => `${missing.reference} of ${missing.package.folder}`),
      ),
    ],
  };
}

/** The packages that a YAML names. Throws StageError `missing-file`. */
export function packagesOf(
  os: OsSpec,
  { images }: Pick<Settings, 'images'>,
  packages: PackageFinder,
  file: string,
): PackageImage[] {
  return referencesOf(os)
    .map((reference) => [mapReference(reference, images), whereIs(os, reference)] as const)
    .filter(([mapped]) => mapped.startsWith(PACKAGE_PREFIX))
    .map(([mapped, where]) => packages.find(mapped, where, file));
}

/** The check of signatures says what is wrong with a file that it needs; a plan only depends on it. */
function readable(path: string, load: Load): string | undefined {
  try {
    return load(path);
  } catch {
    return undefined;
  }
}

function readLockFile(file: string, load: Load): Lock {
  let text: string;
  try {
    text = load(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_LOCK;
    throw cause;
  }
  return readLock(text, file);
}
