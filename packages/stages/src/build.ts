import type { Environment, Log } from './environment.js';
import { StageError } from './error.js';
import { movedImages } from './lock/moved-images.js';
import { Pipeline } from './pipeline.js';
import type { OsIdentity } from './plan/identify.js';
import { knownFormat } from './plan/known-format.js';
import { privilegeReport } from './plan/privileges.js';
import { isContentTag, isImmutable } from './plan/immutable.js';
import { lockFileOf } from './plan/project-name.js';
import { readPlan } from './plan/read-plan.js';
import type { Settings } from './plan/settings.js';

/** What to build. */
export interface BuildRequest {
  readonly os: OsIdentity;
  /** Names of formats. Default: those that the YAML declares. */
  readonly formats?: readonly string[];
  /** Throws where the lock must be written, instead of writing it. */
  readonly frozen: boolean;
  /** The command that locks, for the error's hint. */
  readonly lockCommand: string;
  /** The command that says what the system is made of, if there is one. */
  readonly sizeCommand?: string;
}

/**
 * Builds a system in one go: locks the references that the lock lacks, and those for which a Docker daemon has
 * another image by now, then makes each format and all that it needs. Throws the Fault of whatever failed; StageError
 * `not-locked` where the lock may not be written.
 */
export async function build(environment: Environment, request: BuildRequest, log: Log): Promise<void> {
  const { workspaceRoot, settings } = environment;
  const { os } = request;
  request.formats?.forEach(knownFormat);
  const read = () => readPlan(workspaceRoot, os, settings);
  const repin = () => `Run \`${request.lockCommand} --update\``;
  const pipeline = new Pipeline({ repin, ...environment });
  try {
    await lockMissing(pipeline, read().unlocked(os.platform), settings, request, log);
    const moved = await movedImages(workspaceRoot, read().plan(os));
    if (moved.length > 0) {
      if (request.frozen) throw movedFrom(request, moved);
      for (const reference of moved) log(`${os.name}: the Docker daemon has another image ${reference} now`);
      await pipeline.lock({ ...os, update: moved }, log);
    }
    const inputs = read();
    const plan = inputs.plan(os);
    for (const format of request.formats ?? inputs.outputs) await pipeline.makeFormat(plan, format, log);
    for (const line of await pipeline.news(plan.name, request.sizeCommand)) log(line);
    const privileged = await pipeline.privileged(plan, log);
    for (const line of privilegeReport(privileged, os.name, settings)) log(line);
  } finally {
    await pipeline.close();
  }
}

/** The lines about images whose labels ask for control over the machine, where the list of a build is damaged. */
export async function reportPrivilegesAgain(
  environment: Environment,
  os: OsIdentity,
  log: Log,
): Promise<string[]> {
  const { workspaceRoot, settings } = environment;
  const pipeline = new Pipeline(environment);
  try {
    const plan = readPlan(workspaceRoot, os, settings).plan(os);
    return privilegeReport(await pipeline.privileged(plan, log), os.name, settings);
  } finally {
    await pipeline.close();
  }
}

/** Locks what the lock lacks. References that need no lock leave it as it is. */
async function lockMissing(
  pipeline: Pipeline,
  missing: readonly string[],
  settings: Settings,
  request: BuildRequest,
  log: Log,
): Promise<void> {
  const free = missing.filter((reference) =>
    request.frozen ? isImmutable(reference, settings) : isContentTag(reference, settings),
  );
  const others = missing.filter((reference) => !free.includes(reference));
  if (others.length > 0 && request.frozen) throw notLocked(request, others);
  if (others.length > 0) await pipeline.lock(request.os, log);
  else if (free.length > 0) await pipeline.resolve(request.os, log);
}

/**
 * Builds a system again if a Docker daemon has other images by now than the lock pins. Inference asks no daemon, so
 * only a build can notice that; Nx makes the rest on its next run.
 */
export async function buildMoved(environment: Environment, request: BuildRequest, log: Log): Promise<void> {
  const { workspaceRoot, settings } = environment;
  const { os } = request;
  const plan = readPlan(workspaceRoot, os, settings).plan(os);
  if ((await movedImages(workspaceRoot, plan)).length > 0) await build(environment, request, log);
}

function notLocked({ os, lockCommand }: BuildRequest, missing: readonly string[]): StageError {
  const names = missing.join(', ');
  return new StageError('not-locked', `${lockFileOf(os.file)} does not pin ${names} for ${os.platform}`, {
    where: { file: os.file },
    hint: `Run \`${lockCommand}\` and commit the lock file; locks are not written in CI or with \`frozen\`. Tags that are content hashes need no lock: name them in the plugin option \`immutable\`.`,
  });
}

function movedFrom({ os, lockCommand }: BuildRequest, moved: readonly string[]): StageError {
  const names = moved.join(', ');
  return new StageError(
    'not-locked',
    `the Docker daemon has another image ${names} than ${lockFileOf(os.file)} pins for ${os.platform}`,
    {
      where: { file: os.file },
      hint: `Run \`${lockCommand}${moved.map((name) => ` --update=${name}`).join('')}\` and commit the lock file; locks are not written in CI or with \`frozen\`.`,
    },
  );
}
