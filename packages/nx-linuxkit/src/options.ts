import type { Settings } from '@nx-linuxkit/stages';

/** The plugin's options in nx.json. */
export interface PluginOptions extends Settings {
  /** Let a broken YAML fail the whole project graph instead of its own targets. */
  readonly strict?: boolean;
}

export const PLUGIN = 'nx-linuxkit';
