import type { NxJsonConfiguration } from '@nx/devkit';
import type { Settings } from '@nx-linuxkit/stages';

/** The plugin's options in nx.json. */
export interface PluginOptions extends Settings {
  /** Whether a YAML that cannot be read fails the whole project graph. Default: only its own targets fail. */
  readonly strict?: boolean;
  /**
   * Which key signs the formats of each OS: adds a node `<OS>@sign` with the target `sign`; see
   * [signatures](../guide/signatures.md). Default: nothing is signed.
   */
  readonly sign?: SigningOptions;
}

/** Where the private key and its password come from: names of files and variables, never their text. */
export interface SigningOptions {
  /** File of the private key, relative to the workspace or absolute. Default: the environment variable `keyVariable`. */
  readonly key?: string;
  /** Default: COSIGN_PRIVATE_KEY. */
  readonly keyVariable?: string;
  /** File whose first line is the password, relative to the workspace or absolute. */
  readonly passwordFile?: string;
  /** Default: COSIGN_PASSWORD. */
  readonly passwordVariable?: string;
}

/** The name of the package, by which nx.json and executors refer to the plugin. */
export const PLUGIN = 'nx-linuxkit';

/** Whether an entry of `plugins` in nx.json registers this plugin. */
export function registersPlugin(entry: NonNullable<NxJsonConfiguration['plugins']>[number]): boolean {
  return (typeof entry === 'string' ? entry : entry.plugin) === PLUGIN;
}
