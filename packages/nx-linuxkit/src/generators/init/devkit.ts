import { execFileSync, execSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { GeneratorCallback, Tree } from '@nx/devkit';
import { installCommand } from '@nx-linuxkit/errors';
import { GeneratorError } from '../os/error.js';
import { PLUGIN } from '../../options.js';
import type { InitOptions } from './options.js';

const DEVKIT = '@nx/devkit';

/**
 * What installs the devkit and runs the generator again, or undefined if the devkit is there. It is an optional peer:
 * npm would install the newest version beside an older Nx, and Yarn none. So its version is that of Nx.
 */
export function installsDevkit(
  tree: Tree,
  options: InitOptions,
  isThere = isInstalled,
): GeneratorCallback | undefined {
  if (isThere()) return undefined;
  const manifest = JSON.parse(tree.read('package.json', 'utf8') ?? '{}');
  const named = { ...manifest.dependencies, ...manifest.devDependencies }[DEVKIT];
  if (named !== undefined)
    throw new GeneratorError('no-devkit', `package.json names ${DEVKIT} ${named}, which is not installed`, {
      hint: 'Install the packages of the workspace, then run `nx g nx-linuxkit:init`.',
    });
  const command = devkitCommand(tree.root);
  return () => {
    console.log(`${PLUGIN} needs ${DEVKIT}: ${command}`);
    execSync(command, { cwd: tree.root, stdio: 'inherit' });
    const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
    const nx = process.argv[1];
    execFileSync(process.execPath, [nx, 'g', `${PLUGIN}:init`, ...flags], {
      cwd: tree.root,
      stdio: 'inherit',
    });
  };
}

/** The command that adds the devkit. It is published for each minor version of Nx, but not for each patch. */
export function devkitCommand(root: string): string {
  const nx = createRequire(join(root, 'package.json')).resolve('nx/package.json');
  const [major, minor] = JSON.parse(readFileSync(nx, 'utf8')).version.split('.');
  return installCommand([`${DEVKIT}@~${major}.${minor}.0`], root);
}

function isInstalled(): boolean {
  try {
    require.resolve(`${DEVKIT}/package.json`);
    return true;
  } catch {
    return false;
  }
}
