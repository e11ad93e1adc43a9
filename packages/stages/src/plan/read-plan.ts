import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatNames } from '@nx-linuxkit/formats';
import { EMPTY_LOCK, readLock, type Lock } from '@nx-linuxkit/oci/lock';
import { readOsList, readVariants as variantsOf, type OsSpec } from '@nx-linuxkit/spec';
import { PackageFinder } from './find-package.js';
import { checkFormatOptions } from './format-options.js';
import type { OsIdentity, OsSource } from './identify.js';
import type { PackageImage } from './image-node.js';
import type { OsPlan } from './os-plan.js';
import { formatsOf, planOs, unlocked } from './plan-os.js';
import { resolvedFileOf, withResolved } from './immutable.js';
import { lockFileOf } from './project-name.js';
import { isPackage, referenceMap, type ReferenceMap } from './reference-map.js';
import { referencesOf, whereIs } from './references.js';
import type { Settings } from './settings.js';

/** The text of a file, by its path relative to the workspace. */
export type Load = (path: string) => string;

/** A system as its files say it, whether or not every reference is locked. */
export interface OsInputs {
  readonly os: OsSpec;
  /** The lock file alone. */
  readonly committed: Lock;
  /** The lock, and what was resolved of the immutable references that it does not pin. */
  readonly lock: Lock;
  /** What stands for the references of the YAML. */
  readonly map: ReferenceMap;
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
 * Reads the YAML with the values of its variables, the files that it extends and those in `before`, and its lock. Paths
 * are relative to the workspace. Throws SpecError and OciError with file, line and column. Uses no network and no clock,
 * because inference calls it; of the environment it reads what the YAML declares with `env: true`.
 */
export function readPlan(
  workspaceRoot: string,
  { file, before = [], variant, set }: OsSource,
  settings: Settings,
  packages: PackageFinder = new PackageFinder(workspaceRoot, settings),
  load: Load = loadFrom(workspaceRoot),
): OsInputs {
  const values = { variant, set, environment: process.env };
  const os = readOsList([...before, file], load, { formats: formatNames, ...values });
  checkFormatOptions(os);
  const committed = readLockFile(lockFileOf(file), load);
  const lock = withResolved(committed, readLockFile(resolvedFileOf(file), load), settings);
  const map = referenceMap(
    settings.images,
    (target) => packages.has(target, file),
    (reference) => packages.tagged(reference, file),
  );
  return {
    os,
    committed,
    lock,
    map,
    outputs: formatsOf(os, settings),
    plan: (identity) =>
      planOs(identity, {
        os,
        lock,
        settings,
        map,
        packageNode: (name, where, platform) => packages.node(packages.find(name, where, file), platform),
        readText: (path) => readable(path, load),
      }),
    unlocked: (platform) => [
      ...unlocked({ os, lock, settings, map }, platform),
      ...packagesOf({ os, map }, packages, file).flatMap((source) =>
        packages
          .unlocked(source, platform)
          .map((missing) => `${missing.reference} of ${missing.package.folder}`),
      ),
    ],
  };
}

/** The packages that a YAML names. Throws StageError `missing-file`. */
export function packagesOf(
  { os, map }: Pick<OsInputs, 'os' | 'map'>,
  packages: PackageFinder,
  file: string,
): PackageImage[] {
  return referencesOf(os)
    .filter((reference) => isPackage(map.target(reference)))
    .map((reference) => packages.find(map.target(reference), whereIs(os, reference), file));
}

/**
 * Lists the systems that an OS file describes, by the `variant` of each; `undefined` is the file by itself. Throws
 * SpecError for a file that cannot be read.
 */
export function readVariants(
  workspaceRoot: string,
  { file, before = [], set }: Omit<OsSource, 'variant'>,
  load: Load = loadFrom(workspaceRoot),
): (string | undefined)[] {
  return variantsOf([...before, file], load, { set, environment: process.env });
}

/** Reads the files of a workspace. */
export function loadFrom(workspaceRoot: string): Load {
  return (path) => readFileSync(join(workspaceRoot, path), 'utf8');
}

/** The check of signatures says what is wrong with a file that it needs; a plan only depends on it. */
function readable(path: string, load: Load): string | undefined {
  try {
    return load(path);
  } catch {
    return undefined;
  }
}

/** Locks by the function that has loaded them, and by file, each with its text. */
const locksBy = new WeakMap<Load, Map<string, { readonly text: string; readonly lock: Lock }>>();

function readLockFile(file: string, load: Load): Lock {
  let text: string;
  try {
    text = load(file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return EMPTY_LOCK;
    throw cause;
  }
  const before = locksBy.get(load) ?? new Map();
  locksBy.set(load, before);
  const known = before.get(file);
  if (known?.text === text) return known.lock;
  const lock = readLock(text, file);
  before.set(file, { text, lock });
  return lock;
}
