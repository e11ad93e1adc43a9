import { expandIn } from '../plan/arguments.js';
import type { BuildPlan, PlannedStage } from '../plan/plan.js';
import type { Instruction } from '../parse/instruction.js';
import { variableOf, type ContainerConfig } from './container-config.js';
import type { Step } from './step.js';

/** One entry of an image's history, in the order of the Dockerfile. */
export interface HistoryLine {
  readonly text: string;
  /** The step that changes the file system; absent for an instruction that only changes the config. */
  readonly step?: Step;
}

/** What is known while the instructions of a stage are read one after the other. */
export interface Scope {
  readonly plan: BuildPlan;
  readonly stage: PlannedStage;
  config: ContainerConfig;
  /** ARGs with a value. ENV wins over them. */
  readonly args: Map<string, string>;
  readonly history: HistoryLine[];
  /** Whether this stage has set CMD: ENTRYPOINT drops one that is inherited. */
  setsCommand: boolean;
}

/** Replaces the variables of a word by those of the stage. */
export function expandWord({ plan, config, args }: Scope, instruction: Instruction, word: string): string {
  return expandIn(plan.dockerfile, instruction, word, (name) => variableOf(config, name) ?? args.get(name));
}
