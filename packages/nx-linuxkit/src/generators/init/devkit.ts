import {
  NX_VERSION,
  addDependenciesToPackageJson,
  readJsonFile,
  type GeneratorCallback,
  type Tree,
} from '@nx/devkit';

/**
 * Adds the devkit of Nx's own minor version to package.json where another major version is installed: npm and pnpm install
 * the newest devkit that the plugin accepts if the workspace names none. Returns what installs it.
 */
export function alignDevkit(
  tree: Tree,
  nx = NX_VERSION,
  devkit = installedDevkit(),
): GeneratorCallback | undefined {
  const [major, minor] = nx.split('.');
  if (devkit.split('.')[0] === major) return undefined;
  // The devkit is not published for each patch of Nx, but for each minor version.
  const range = `^${major}.${minor}.0`;
  return addDependenciesToPackageJson(tree, {}, { '@nx/devkit': range }, 'package.json', true);
}

function installedDevkit(): string {
  return readJsonFile(require.resolve('@nx/devkit/package.json')).version;
}
