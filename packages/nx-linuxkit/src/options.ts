import type { NxJsonConfiguration } from '@nx/devkit';
import type { Settings } from '@nx-linuxkit/stages';

/** The plugin's options in nx.json. */
export interface PluginOptions extends Settings {
  /** Whether a YAML that cannot be read fails the whole project graph. Default: only its own targets fail. */
  readonly strict?: boolean;
}

/** The name of the package, by which nx.json and executors refer to the plugin. */
export const PLUGIN = 'nx-linuxkit';

/** Whether an entry of `plugins` in nx.json registers this plugin. */
export function registersPlugin(entry: NonNullable<NxJsonConfiguration['plugins']>[number]): boolean {
  return (typeof entry === 'string' ? entry : entry.plugin) === PLUGIN;
}
