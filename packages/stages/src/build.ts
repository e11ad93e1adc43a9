import type { Environment, Log } from './environment.js';
import { StageError } from './error.js';
import { makeFormat } from './formats/make.js';
import { lock } from './lock/index.js';
import { movedImages } from './lock/moved-images.js';
import { Pipeline } from './pipeline.js';
import type { OsPlan } from './plan/os-plan.js';
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

/** The whole pipeline in one go: locks what is not locked, then makes each format and all that it needs. */
export async function build(environment: Environment, request: BuildRequest, log: Log): Promise<void> {
  const { workspaceRoot, settings } = environment;
  const { os } = request;
  const pipeline = new Pipeline(environment);
  try {
    const missing = readPlan(workspaceRoot, os.file, settings, os.before).unlocked(os.platform);
    if (missing.length > 0) {
      if (request.frozen) throw notLocked(request, missing);
      await lock(pipeline, os, log);
    }
    const inputs = readPlan(workspaceRoot, os.file, settings, os.before);
    const plan = inputs.plan(os);
    for (const format of request.formats ?? inputs.outputs) await makeFormat(pipeline, plan, format, log);
    await warnOfMoved(environment, plan, request.lockCommand, log);
  } finally {
    await pipeline.close();
  }
}

/** Not before building: what is locked can be built, and is what whoever locked it wanted. */
export async function warnOfMoved(
  environment: Environment,
  plan: OsPlan,
  lockCommand: string,
  log: Log,
): Promise<void> {
  for (const reference of await movedImages(environment, plan)) {
    log(
      `warning: ${plan.name} has ${reference} as it is locked; the Docker daemon has another image of that name ` +
        `now: run \`${lockCommand} --update=${reference}\` to take it`,
    );
  }
}

function notLocked({ os, lockCommand }: BuildRequest, missing: readonly string[]): StageError {
  const names = missing.join(', ');
  return new StageError('not-locked', `${lockFileOf(os.file)} does not pin ${names} for ${os.platform}`, {
    where: { file: os.file },
    hint: `Run \`${lockCommand}\` and commit the lock file; locks are not written in CI or with \`frozen\`.`,
  });
}
