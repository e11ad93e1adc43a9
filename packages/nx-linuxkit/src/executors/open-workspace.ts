import type { ExecutorContext, NxJsonConfiguration } from '@nx/devkit';
import type { Environment } from '@nx-linuxkit/stages';
import { PLUGIN, type PluginOptions } from '../options.js';

/** The plugin's options in nx.json: those of its first entry. */
export function pluginOptions({ plugins = [] }: NxJsonConfiguration): PluginOptions {
  const entry = plugins.find((plugin) => (typeof plugin === 'string' ? plugin : plugin.plugin) === PLUGIN);
  return typeof entry === 'object' ? ((entry.options ?? {}) as PluginOptions) : {};
}

/** The pipeline's environment for a task. The pipeline is loaded here, so that inference never loads it. */
export async function openWorkspace(
  context: Pick<ExecutorContext, 'root' | 'nxJsonConfiguration'>,
): Promise<Environment> {
  const { openEnvironment } = await import('@nx-linuxkit/stages/run');
  return openEnvironment(context.root, pluginOptions(context.nxJsonConfiguration));
}

/** Locks are written by people, not by CI. */
export function isFrozen({ frozen }: PluginOptions): boolean {
  return frozen ?? /^(1|true)$/i.test(process.env.CI ?? '');
}
