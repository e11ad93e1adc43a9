import type { BuildPlan, PlannedStage } from '../plan/plan.js';
import { initialConfig, type ContainerConfig } from './container-config.js';
import { applyInstruction } from './instructions.js';
import type { HistoryLine, Scope } from './scope.js';

/** A stage whose instructions were read: its config, and what changes its file system. */
export interface EvaluatedStage {
  readonly stage: PlannedStage;
  readonly config: ContainerConfig;
  readonly history: readonly HistoryLine[];
  /** Build arguments that the stage's instructions can see, for stages that are built on this one. */
  readonly args: ReadonlyMap<string, string>;
}

/** What a stage is built on. */
export interface Inherited {
  /** Absent for `scratch`. */
  readonly config?: ContainerConfig;
  readonly args?: ReadonlyMap<string, string>;
}

/**
 * Reads the instructions of a stage one after the other, without running them: every variable is replaced, and the
 * config is complete, whatever makes the file system. Throws DockerfileError at the line of an instruction.
 */
export function evaluateStage(plan: BuildPlan, stage: PlannedStage, inherited: Inherited): EvaluatedStage {
  const scope: Scope = {
    plan,
    stage,
    config: initialConfig(inherited.config),
    args: new Map(inherited.args),
    history: [],
    setsCommand: false,
  };
  for (const instruction of stage.text.instructions) applyInstruction(scope, instruction);
  const { config, history, args } = scope;
  return { stage, config, history, args };
}
