import type { CreateNodes } from '@nx/devkit';
import type { PluginOptions } from '../options.js';
import type * as inference from './infer-nodes.js';

/** OS files, and the locks, evidence and packages beside them: Nx infers again when one changes. */
const GLOB = `**/{${[
  '{linuxkit,*.linuxkit,build,build-*}.{yml,yaml,lock.json,signatures.json}',
  '{Dockerfile,Dockerfile.*,*.Dockerfile,.dockerignore,*.dockerignore}',
].join(',')}}`;

/** The plugin's inference, see `inferNodes`. */
export const createNodes: CreateNodes<PluginOptions> = [
  GLOB,
  (files, options, context) => loadInference().inferNodes(files, options ?? {}, context),
];

// In the process that Nx starts for a plugin, the code is loaded while Nx waits for other plugins and lists files.
if ('NX_PLUGIN_WORKER' in globalThis) setImmediate(loadEarly);

function loadEarly(): void {
  try {
    loadInference();
  } catch {
    // The first call gives Nx the error.
  }
}

function loadInference(): typeof inference {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- `import` would have the whole text parsed for its exports first
  return require('./infer-nodes.js') as typeof inference;
}
