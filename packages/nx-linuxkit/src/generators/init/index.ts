import { formatFiles, readNxJson, updateNxJson, type NxJsonConfiguration, type Tree } from '@nx/devkit';
import { PLUGIN } from '../../options.js';

/** Executors of an inferred `build`: with a graph, and of an OS file that has none. */
const BUILDERS = ['stage', 'build'] as const;

export interface InitOptions {
  readonly skipFormat?: boolean;
}

/** What `nx add nx-linuxkit` runs: tells nx.json and .gitignore of the plugin. Running it again changes nothing. */
export default async function initGenerator(tree: Tree, { skipFormat }: InitOptions): Promise<void> {
  const nxJson = readNxJson(tree) ?? {};
  registerPlugin(nxJson);
  defineNamedInput(nxJson);
  protectBuild(nxJson);
  updateNxJson(tree, nxJson);
  ignoreOutputs(tree);
  if (!skipFormat) await formatFiles(tree);
}

function registerPlugin(nxJson: NxJsonConfiguration): void {
  nxJson.plugins ??= [];
  const known = nxJson.plugins.some((entry) => (typeof entry === 'string' ? entry : entry.plugin) === PLUGIN);
  if (!known) nxJson.plugins.push({ plugin: PLUGIN, options: {} });
}

/** Empty here; the nodes of the plugin fill it with the files that they read. */
function defineNamedInput(nxJson: NxJsonConfiguration): void {
  nxJson.namedInputs = { ...nxJson.namedInputs, linuxkit: nxJson.namedInputs?.linuxkit ?? [] };
}

/** Entries for our executors win over `targetDefaults.build`, which would replace the formats in `dependsOn`. */
function protectBuild(nxJson: NxJsonConfiguration): void {
  const defaults = (nxJson.targetDefaults ?? {}) as Record<string, unknown>;
  const own = Object.fromEntries(
    BUILDERS.map((name) => [`${PLUGIN}:${name}`, defaults[`${PLUGIN}:${name}`] ?? {}]),
  );
  nxJson.targetDefaults = { ...defaults, ...own } as never;
}

function ignoreOutputs(tree: Tree): void {
  const text = tree.exists('.gitignore') ? (tree.read('.gitignore', 'utf8') as string) : '';
  const lines = text.split('\n').map((line) => line.trim().replace(/^\//, '').replace(/\/$/, ''));
  const missing = ['.linuxkit', 'dist'].filter((name) => !lines.includes(name));
  if (missing.length === 0) return;
  const separator = text === '' || text.endsWith('\n') ? '' : '\n';
  tree.write('.gitignore', `${text}${separator}${missing.join('\n')}\n`);
}
