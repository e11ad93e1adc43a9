import type { ExecutorContext } from '@nx/devkit';
import {
  StageError,
  build,
  buildMoved,
  privilegesFile,
  readPlan,
  formatTargetName,
  reportPrivilegesAgain,
  reproduceBuild,
  targetName,
  uncheckedReferences,
  type BuildRequest,
  type Log,
  type OsIdentity,
} from '@nx-linuxkit/stages';
import type { BuildSummary } from '../../build-summary.js';
import { isFrozen, openWorkspace, pluginOptions } from '../open-workspace.js';
import { refuseCachedVerdict } from '../refuse-cache.js';
import type { BuildOptions } from './build-options.js';
import { identityOf, lockCommandOf } from './own-target.js';

/** Locks what is not locked and makes every format, in one task. */
export async function buildWhole(options: BuildOptions, context: ExecutorContext): Promise<void> {
  if (options.os && options.set !== undefined) throw setOfInferred(options.os);
  const os = options.os ?? identityOf(options, context);
  const command = `nx run ${context.projectName}:${context.targetName}`;
  if (options.verify) refuseCachedVerdict(os.name, context.target, command);
  const environment = await openWorkspace(context);
  const lockCommand = options.os ? undefined : lockCommandOf(options, context);
  await build(environment, request(os, context, options.formats, lockCommand), console.log);
  if (options.verify) await reproduceBuild(environment, { os, formats: options.formats }, console.log);
}

/** Builds the declared formats a second time, and compares. */
export async function verifyBuild(os: OsIdentity, context: ExecutorContext, log: Log): Promise<void> {
  await reproduceBuild(await openWorkspace(context), { os }, log);
}

/** Builds again if a Docker daemon has other images by now than the graph was made for. */
export async function buildMovedImages(os: OsIdentity, context: ExecutorContext, log: Log): Promise<void> {
  await buildMoved(await openWorkspace(context), request(os, context), log);
}

/** Reports privileged images from a list that is made again. */
export async function reportAgain(os: OsIdentity, context: ExecutorContext, log: Log): Promise<string[]> {
  return reportPrivilegesAgain(await openWorkspace(context), os, log);
}

/** Reads from the files what inference put into the target's metadata. */
export function readSummary(
  identity: OsIdentity,
  { root, nxJsonConfiguration }: ExecutorContext,
): BuildSummary {
  const inputs = readPlan(root, identity, pluginOptions(nxJsonConfiguration));
  const locked = Object.values(inputs.lock.images).flatMap((platforms) => Object.values(platforms));
  const asksDocker = locked.some(({ imageID }) => imageID !== undefined);
  return {
    formats: inputs.outputs,
    targets: inputs.outputs.map((format) => formatTargetName(format, pluginOptions(nxJsonConfiguration))),
    unchecked: uncheckedReferences(inputs.plan(identity)),
    privileged: privilegesFile(identity.name),
    asksDocker,
  };
}

function request(
  os: OsIdentity,
  { nxJsonConfiguration }: ExecutorContext,
  formats?: readonly string[],
  lockCommand?: string,
): BuildRequest {
  const options = pluginOptions(nxJsonConfiguration);
  const command = lockCommand ?? `nx ${targetName('lock', options)} ${os.name}`;
  // A system of a target that a user has written has no target `size`.
  const sizeCommand = lockCommand === undefined ? `nx ${targetName('size', options)} ${os.name}` : undefined;
  return { os, formats, frozen: isFrozen(options), lockCommand: command, sizeCommand };
}

/** A value that is set for an inferred target would be missing in the next run, which has the graph. */
function setOfInferred({ name, file }: OsIdentity): StageError {
  return new StageError('unsupported', `the inferred targets of ${name} take no --set`, {
    where: { file },
    hint: 'Declare a target of nx-linuxkit:build with the option `set`, or give the variable `env: true` and set it in the environment.',
  });
}
