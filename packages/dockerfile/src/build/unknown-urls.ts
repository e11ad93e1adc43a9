import { withoutUser } from '@nx-linuxkit/oci/http';
import { DockerfileError } from '../error.js';
import { evaluateStage, type EvaluatedStage } from '../evaluate/evaluate.js';
import { containerConfig } from '../image/base-image.js';
import { whereOf } from '../parse/dockerfile.js';
import type { Instruction } from '../parse/instruction.js';
import { isRemote } from '../parse/remote-source.js';
import type { PlannedStage } from '../plan/plan.js';
import type { BuildInput } from './build-input.js';

/** A stage by its index, or why only a builder can read it. */
type Evaluated = Map<number, EvaluatedStage | DockerfileError>;

/**
 * Refuses ADD of a URL without a checksum. A builder fetches it whether or not RUN has a network, and its bytes are in no
 * key. Throws DockerfileError `unsupported` at the instruction.
 */
export async function refuseUnknownUrls(input: Pick<BuildInput, 'plan' | 'image'>): Promise<void> {
  const { plan } = input;
  const evaluated: Evaluated = new Map();
  for (const stage of plan.stages) {
    const found = await evaluateAlone(input, stage, evaluated);
    evaluated.set(stage.text.index, found);
    if (found instanceof DockerfileError) {
      if (stage.text.instructions.some(mayFetch)) throw found;
      continue;
    }
    for (const { step } of found.history) {
      if (step?.kind !== 'copy' || step.checksum || step.instruction.keyword !== 'ADD') continue;
      const url = step.sources.find(isRemote);
      if (url === undefined) continue;
      throw new DockerfileError(
        'unsupported',
        `ADD: ${withoutUser(url)} is fetched from the network, which the package does not have`,
        {
          where: whereOf(plan.dockerfile, step.instruction),
          hint: 'Add --checksum=sha256:… with the checksum of the file, or set `network: true` in build.yml.',
        },
      );
    }
  }
}

/** What cannot be evaluated has a form that only builders know, or stands on a stage that has one. */
async function evaluateAlone(
  { plan, image }: Pick<BuildInput, 'plan' | 'image'>,
  stage: PlannedStage,
  below: Evaluated,
): Promise<EvaluatedStage | DockerfileError> {
  const { base } = stage;
  try {
    if (base.kind === 'stage') {
      const under = below.get(base.index) ?? {};
      return under instanceof DockerfileError ? under : evaluateStage(plan, stage, under);
    }
    const found = base.kind === 'image' ? await image(base.reference, base.platform) : undefined;
    return evaluateStage(plan, stage, { config: found && containerConfig(found) });
  } catch (error) {
    if (error instanceof DockerfileError) return error;
    throw error;
  }
}

/** Whether ADD names a URL without a checksum, or a text that may become one. */
function mayFetch({ keyword, flags, json, text }: Instruction): boolean {
  if (keyword !== 'ADD' || flags.some(({ name }) => name === 'checksum')) return false;
  const sources = (json ?? text.split(/\s+/)).slice(0, -1);
  return sources.some((word) => isRemote(word) || /["'$\\`]/.test(word));
}
