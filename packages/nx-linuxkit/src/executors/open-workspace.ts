import type { ExecutorContext, NxJsonConfiguration } from '@nx/devkit';
import type { Environment } from '@nx-linuxkit/stages';
import { checkOptions } from '../check-options.js';
import { registersPlugin, type PluginOptions } from '../options.js';
import type { RepinContext } from './repin.js';

/**
 * Returns the plugin's options in nx.json, from the first entry that registers it. Throws StageError `bad-option` for an
 * unknown key and for a wrong type.
 */
export function pluginOptions({ plugins = [] }: NxJsonConfiguration): PluginOptions {
  const entry = plugins.find(registersPlugin);
  const options: unknown = (typeof entry === 'object' && entry.options) || {};
  checkOptions(options);
  return options;
}

/** Opens the pipeline's environment for a task. The imports are lazy, so that inference does not load the pipeline. */
export async function openWorkspace(
  context: Pick<ExecutorContext, 'root' | 'nxJsonConfiguration'> & RepinContext,
): Promise<Environment> {
  const { openEnvironment } = await import('@nx-linuxkit/stages/run');
  const { repin } = await import('./repin.js');
  const options = pluginOptions(context.nxJsonConfiguration);
  const environment = openEnvironment(context.root, options);
  return { ...environment, repin: ({ id }) => repin(id, context, options) };
}

/** Whether a build must not write a lock. The default is CI's `CI=true`: a person writes and commits locks. */
export function isFrozen({ frozen }: PluginOptions): boolean {
  return frozen ?? /^(1|true)$/i.test(process.env.CI ?? '');
}
