export { commands } from './commands/table.js';
export type { Call, Definition, Flag, FlagKind, Run } from './definition.js';
export { CommandError, type CommandErrorCode } from './error.js';
export { FlagValues } from './flags/values.js';
export { globalFlags } from './flags/global-flags.js';
export { main, runCommand } from './main.js';
export type { Surroundings } from './surroundings.js';
