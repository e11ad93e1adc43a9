import type { Environment, Log } from './environment.js';
import { StageError } from './error.js';
import { makeFormat } from './formats/make.js';
import { lock } from './lock/index.js';
import { movedImages } from './lock/moved-images.js';
import { Pipeline } from './pipeline.js';
import type { OsIdentity } from './plan/plan-os.js';
import { lockFileOf } from './plan/project-name.js';
import { readPlan } from './plan/read-plan.js';

export interface BuildRequest {
  readonly os: OsIdentity;
  /** Default: those that the YAML declares. */
  readonly formats?: readonly string[];
  /** A missing lock entry is an error. */
  readonly frozen: boolean;
  /** What to run to lock, for the message. */
  readonly lockCommand: string;
}

/**
 * The whole pipeline in one go: locks what is not locked, or what a Docker daemon has another image for by now,
 * then makes each format and all that it needs.
 */
export async function build(environment: Environment, request: BuildRequest, log: Log): Promise<void> {
  const { workspaceRoot, settings } = environment;
  const { os } = request;
  const pipeline = new Pipeline(environment);
  const read = () => readPlan(workspaceRoot, os.file, settings, os.before);
  try {
    const missing = read().unlocked(os.platform);
    if (missing.length > 0) {
      if (request.frozen) throw notLocked(request, missing);
      await lock(pipeline, os, log);
    }
    const moved = await movedImages(environment, read().plan(os));
    if (moved.length > 0) {
      if (request.frozen) throw movedFrom(request, moved);
      for (const reference of moved) log(`${os.name}: the Docker daemon has another image ${reference} now`);
      await lock(pipeline, { ...os, update: moved }, log);
    }
    const inputs = read();
    const plan = inputs.plan(os);
    for (const format of request.formats ?? inputs.outputs) await makeFormat(pipeline, plan, format, log);
  } finally {
    await pipeline.close();
  }
}

/**
 * What Nx made of the locked images, made again by hand when the Docker daemon has others under their names:
 * inference asks no daemon, so only a build can see it. Nx makes the rest of it its own on its next run.
 */
export async function buildMoved(environment: Environment, request: BuildRequest, log: Log): Promise<void> {
  const { os } = request;
  const inputs = readPlan(environment.workspaceRoot, os.file, environment.settings, os.before);
  const moved = await movedImages(environment, inputs.plan(os));
  if (moved.length > 0) await build(environment, request, log);
}

function notLocked({ os, lockCommand }: BuildRequest, missing: readonly string[]): StageError {
  const names = missing.join(', ');
  return new StageError('not-locked', `${lockFileOf(os.file)} does not pin ${names} for ${os.platform}`, {
    where: { file: os.file },
    hint: `Run \`${lockCommand}\` and commit the lock file; locks are not written in CI or with \`frozen\`.`,
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
