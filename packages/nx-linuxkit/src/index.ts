import { createNodes } from './inference/create-nodes.js';
import { PLUGIN } from './options.js';

export { createNodes };
/** The name under which Nx before 23 looks for `createNodes`. */
export const createNodesV2 = createNodes;
/** The name of the plugin in nx.json. */
export const name = PLUGIN;
export { preTasksExecution } from './verify-run.js';
export type { PluginOptions } from './options.js';
