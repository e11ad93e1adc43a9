import { DockerfileError } from '../error.js';
import { evaluateStage, type EvaluatedStage } from '../evaluate/evaluate.js';
import { whereOf } from '../parse/dockerfile.js';
import { isRemote } from '../parse/remote-source.js';
import type { PlannedStage } from '../plan/plan.js';
import type { BuildInput } from './build-input.js';
import { containerConfig } from '../image/base-image.js';

/**
 * Refuses ADD of a URL without a checksum. A builder fetches it whether or not RUN has a network, and its bytes are in no
 * key. Throws DockerfileError `unsupported` at the instruction.
 */
export async function refuseUnknownUrls(input: Pick<BuildInput, 'plan' | 'image'>): Promise<void> {
  const { plan } = input;
  const evaluated = new Map<number, EvaluatedStage>();
  for (const stage of plan.stages) {
    const found = await evaluateAlone(input, stage, evaluated);
    if (found) evaluated.set(stage.text.index, found);
    for (const { step } of found?.history ?? []) {
      if (step?.kind !== 'copy' || step.checksum || step.instruction.keyword !== 'ADD') continue;
      const url = step.sources.find(isRemote);
      if (url === undefined) continue;
      throw new DockerfileError(
        'unsupported',
        `ADD: ${url} is fetched from the network, which the package does not have`,
        {
          where: whereOf(plan.dockerfile, step.instruction),
          hint: 'Add --checksum=sha256:… with the checksum of the file, or set `network: true` in build.yml.',
        },
      );
    }
  }
}

/** A stage with a form that only builders know is theirs to read: undefined. */
async function evaluateAlone(
  { plan, image }: Pick<BuildInput, 'plan' | 'image'>,
  stage: PlannedStage,
  below: ReadonlyMap<number, EvaluatedStage>,
): Promise<EvaluatedStage | undefined> {
  const { base } = stage;
  try {
    if (base.kind === 'stage') return evaluateStage(plan, stage, below.get(base.index) ?? {});
    const found = base.kind === 'image' ? await image(base.reference, base.platform) : undefined;
    return evaluateStage(plan, stage, { config: found && containerConfig(found) });
  } catch (error) {
    if (error instanceof DockerfileError) return undefined;
    throw error;
  }
}
