import { createNodes } from './inference/create-nodes.js';

export { createNodes };
/** The name that Nx before 23 looks for. */
export const createNodesV2 = createNodes;
export const name = 'nx-linuxkit';
export type { PluginOptions } from './options.js';
