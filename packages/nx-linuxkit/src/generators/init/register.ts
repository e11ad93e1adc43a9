import { formatFiles, readNxJson, updateNxJson, type NxJsonConfiguration, type Tree } from '@nx/devkit';
import { setUpEditor } from './editor.js';
import type { InitOptions } from './options.js';
import { PLUGIN, registersPlugin, type PluginOptions } from '../../options.js';

/** Executors of an inferred target `build`: `stage` for a locked system, `build` for a system without a graph. */
const BUILDERS = ['stage', 'build'] as const;

/** Registers the plugin in nx.json and .gitignore, and sets up VS Code. Running it again changes nothing. */
export async function registerPlugin(tree: Tree, { skipFormat, skipVscode }: InitOptions): Promise<void> {
  const nxJson = readNxJson(tree) ?? {};
  addPlugin(nxJson);
  defineNamedInput(nxJson);
  protectBuild(nxJson);
  updateNxJson(tree, nxJson);
  ignoreOutputs(tree);
  if (!skipVscode) setUpEditor(tree, optionsIn(nxJson));
  if (!skipFormat) await formatFiles(tree);
}

function addPlugin(nxJson: NxJsonConfiguration): void {
  nxJson.plugins ??= [];
  if (nxJson.plugins.some(registersPlugin)) return;
  nxJson.plugins.push({ plugin: PLUGIN, options: {} });
}

function optionsIn({ plugins = [] }: NxJsonConfiguration): PluginOptions {
  const entry = plugins.find(registersPlugin);
  return typeof entry === 'object' ? ((entry.options ?? {}) as PluginOptions) : {};
}

/** Defines the named input `linuxkit` as empty. Each inferred project overrides it with the files that it reads. */
function defineNamedInput(nxJson: NxJsonConfiguration): void {
  nxJson.namedInputs = { ...nxJson.namedInputs, linuxkit: nxJson.namedInputs?.linuxkit ?? [] };
}

/**
 * Adds empty target defaults for our executors. They win over `targetDefaults.build`, whose `dependsOn` would
 * replace the formats that an inferred `build` depends on.
 */
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
