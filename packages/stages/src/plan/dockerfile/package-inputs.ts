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
import { packageLockFile } from './package-file.js';
import { type DockerfilePackage } from './dockerfile-package.js';
import { presetArguments } from './preset-arguments.js';
import type { SavedImages } from './saved-images.js';

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
  const { folder, file, dockerfile, extraSources, savedImages } = found;
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
  const parsed = parseDockerfile(text, nameOf(dockerfile));
  const left = withoutLocks(savedImages ? withoutSaved(ignores, savedImages) : ignores);
  return {
    package: found,
    plan: planBuild(parsed, {
      args: { ...presetArguments(found, parsed), ...found.args },
      platform,
      ...(USES_BUILD_PLATFORM.test(text) && { buildPlatform: hostPlatform() }),
    }),
    context: listContext({ folder: pathOf('.'), more: extraSources, ignores: left }),
    lock: existsSync(pathOf(lockFile))
      ? readLock(readFileSync(pathOf(lockFile), 'utf8'), nameOf(lockFile))
      : EMPTY_LOCK,
    documents: [
      ...new Set([
        file,
        dockerfile,
        lockFile,
        ...(ignoreFile ? [ignoreFile] : []),
        ...(savedImages?.listFile ? [savedImages.listFile] : []),
      ]),
    ].map(nameOf),
  };
}

/** Only a Dockerfile that names the platform of the builder is built otherwise on another machine. */
const USES_BUILD_PLATFORM = /\bBUILD(PLATFORM|OS|ARCH|VARIANT)\b/;

/** The platform of this machine, on which builders run programs. */
function hostPlatform(): string {
  return `linux/${process.arch === 'x64' ? 'amd64' : process.arch}`;
}

/** What an earlier build of another tool has left where this one saves images is no part of the context. */
function withoutSaved({ ignores, ...rest }: Ignores, { target }: SavedImages): Ignores {
  return {
    ...rest,
    ignores: (path) => path === target || path.startsWith(`${target}/`) || ignores(path),
  };
}

/** Locks, also those that are being written, are left out: locking one package must not change another one of the same folder. */
function withoutLocks({ ignores, ...rest }: Ignores): Ignores {
  return { ...rest, ignores: (path) => LOCK.test(path) || ignores(path) };
}

const LOCK = /^build(-[^/]+)?\.lock\.json(\.[^/]+\.tmp)?$/;

/**
 * A key of all that decides the image beside the bytes of files, which Nx hashes when the task is planned and the stage
 * when it runs. `bases` has for each image that the Dockerfile names what identifies it.
 */
export function inputsKey(
  { package: { image, network, labels, savedImages }, plan, context }: PackageInputs,
  bases: readonly (readonly string[])[],
  builder: string | undefined,
): string {
  // The network and the builder matter to RUN alone.
  const isSet = network || builder !== undefined;
  const run = plan.run || (isSet && mayHaveTriggers(plan)) ? { network, builder: builder ?? null } : null;
  const saved = savedImages ? [[savedImages.target, savedImages.isFolder, savedImages.references]] : [];
  const { args, platform, buildPlatform } = plan.build;
  const on = buildPlatform === undefined ? platform : [platform, buildPlatform];
  return keyOf([image, args, run, labels, on, bases, keyOf(contextShape(context)), ...saved]);
}

/** Whether a builder may be needed, which then decides what the programs of RUN can do. */
export function mayRun(plan: BuildPlan): boolean {
  return plan.run !== undefined || mayHaveTriggers(plan);
}

/** Whether ONBUILD may add a RUN: what images below have of it is unknown until they are there. */
function mayHaveTriggers({ images, stages }: BuildPlan): boolean {
  return (
    images.length > 0 ||
    stages.some(({ text }) => text.instructions.some(({ keyword }) => keyword === 'ONBUILD'))
  );
}
