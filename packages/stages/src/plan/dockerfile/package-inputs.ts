import { existsSync, readFileSync } from 'node:fs';
import { posix, resolve } from 'node:path';
import {
  contextShape,
  listContext,
  parseDockerfile,
  planBuild,
  readIgnore,
  type BuildPlan,
  type ContextEntry,
  type Ignores,
} from '@nx-linuxkit/dockerfile/plan';
import { EMPTY_LOCK, readLock, type Lock } from '@nx-linuxkit/oci/lock';
import { keyOf } from '../key.js';
import { packageLockFile, type DockerfilePackage } from './package-file.js';

/** All that is read of a package's folder to plan its image for one platform. */
export interface PackageInputs {
  readonly package: DockerfilePackage;
  readonly plan: BuildPlan;
  readonly context: readonly ContextEntry[];
  /** What pins the images that the Dockerfile names. */
  readonly lock: Lock;
  /** Files that decide what is built, relative to the workspace, beside those of the context. */
  readonly documents: readonly string[];
}

/**
 * Reads a package's Dockerfile, .dockerignore and lock, and lists its context. Uses no network and reads no file of the
 * context. Throws DockerfileError and OciError.
 */
export function readPackageInputs(
  workspaceRoot: string,
  found: DockerfilePackage,
  platform: string,
): PackageInputs {
  const { folder, file, dockerfile, args, extraSources } = found;
  const nameOf = (name: string) => posix.join(folder, name);
  const pathOf = (name: string) => resolve(workspaceRoot, folder, name);
  const text = readFileSync(pathOf(dockerfile), 'utf8');
  // BuildKit prefers an ignore file beside the Dockerfile.
  const ignoreFile = [`${dockerfile}.dockerignore`, '.dockerignore'].find((name) => existsSync(pathOf(name)));
  const lockFile = packageLockFile(file);
  const ignores = readIgnore(
    ignoreFile ? readFileSync(pathOf(ignoreFile), 'utf8') : '',
    nameOf(ignoreFile ?? '.dockerignore'),
  );
  return {
    package: found,
    plan: planBuild(parseDockerfile(text, nameOf(dockerfile)), { args, platform }),
    context: listContext({ folder: pathOf('.'), more: extraSources, ignores: withoutLocks(ignores) }),
    lock: existsSync(pathOf(lockFile))
      ? readLock(readFileSync(pathOf(lockFile), 'utf8'), nameOf(lockFile))
      : EMPTY_LOCK,
    documents: [...new Set([file, dockerfile, lockFile, ...(ignoreFile ? [ignoreFile] : [])])].map(nameOf),
  };
}

/** Locks are left out, because locking one package must not change another one of the same folder. */
function withoutLocks({ ignores, ...rest }: Ignores): Ignores {
  return { ...rest, ignores: (path) => LOCK.test(path) || ignores(path) };
}

const LOCK = /^build(-[^/]+)?\.lock\.json$/;

/**
 * A key of all that decides the image beside the bytes of files, which Nx hashes when the task is planned and the stage
 * when it runs. `bases` has for each image that the Dockerfile names what identifies it.
 */
export function inputsKey(
  { package: { image, args, network, labels }, plan, context }: PackageInputs,
  bases: readonly (readonly string[])[],
  builder: string | undefined,
): string {
  // The network and the builder matter to RUN alone.
  const run = plan.run ? { network, builder: builder ?? null } : null;
  return keyOf([image, args, run, labels, plan.build.platform, bases, keyOf(contextShape(context))]);
}
