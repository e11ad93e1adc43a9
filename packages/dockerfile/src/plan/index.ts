/** What a build graph is made of: Dockerfiles and build contexts are read, and nothing is built. */
export { DockerfileError, type DockerfileErrorCode } from '../error.js';
export { whereOf, type Dockerfile, type StageText } from '../parse/dockerfile.js';
export type { Flag, Heredoc, Instruction } from '../parse/instruction.js';
export { parseDockerfile } from '../parse/parse.js';
export {
  contextShape,
  listContext,
  type ContextEntry,
  type ContextOptions,
} from '../context/list-context.js';
export { readIgnore, type Ignores } from '../context/ignore.js';
export type { BuildArguments } from './arguments.js';
export { planBuild, type Base, type BuildPlan, type ImageUse, type PlannedStage } from './plan.js';
