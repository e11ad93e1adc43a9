import type { Environment } from '../environment.js';
import { StageError } from '../error.js';
import { explain, type Why } from './explain.js';
import { readHistory } from './history.js';

export type { Change, Why } from './explain.js';
export { whyLines } from './lines.js';
export type { RanTask } from './ran-task.js';

/**
 * Says why the last build of a system that made something had to make it. Reads what builds have kept in the store, and
 * makes nothing. Throws StageError `not-built` where the store knows no such build; `command` builds the system.
 */
export async function whyBuilt(environment: Environment, system: string, command: string): Promise<Why> {
  const history = await readHistory(environment, system);
  if (history) return explain(history);
  throw new StageError('not-built', `the store knows no build of ${system} that made something here`, {
    hint: `Run \`${command}\`; a build that finds everything in Nx's cache makes nothing.`,
  });
}
