import { DockerfileError } from '../error.js';
import { containerConfig, type BaseImage } from '../image/base-image.js';
import type { BuildPlan, PlannedStage } from '../plan/plan.js';
import { evaluateStage, type EvaluatedStage } from './evaluate.js';

/** A stage by its index, or why only a builder can read it. */
export type EvaluatedStages = ReadonlyMap<number, EvaluatedStage | DockerfileError>;

/** What evaluating all stages reads. */
export interface StagesInput {
  readonly plan: BuildPlan;
  /** The image that a reference of the plan stands for. */
  image(reference: string, platform: string): Promise<BaseImage>;
}

/**
 * Reads the instructions of every stage of a plan. A stage that cannot be read has a form that only builders know, or stands
 * on one that has; the map has the error in its place. Throws the error of an image.
 */
export async function evaluateStages(input: StagesInput): Promise<EvaluatedStages> {
  const evaluated = new Map<number, EvaluatedStage | DockerfileError>();
  for (const stage of input.plan.stages) {
    evaluated.set(stage.text.index, await evaluateAlone(input, stage, evaluated));
  }
  return evaluated;
}

async function evaluateAlone(
  { plan, image }: StagesInput,
  stage: PlannedStage,
  below: EvaluatedStages,
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
