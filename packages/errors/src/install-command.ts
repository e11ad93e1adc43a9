import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The file that each package manager keeps in a workspace's root, and its command for development dependencies. */
const MANAGERS = [
  ['pnpm-workspace.yaml', 'pnpm add --save-dev --workspace-root'],
  ['pnpm-lock.yaml', 'pnpm add --save-dev'],
  ['yarn.lock', 'yarn add --dev'],
  ['bun.lock', 'bun add --dev'],
  ['bun.lockb', 'bun add --dev'],
  ['package-lock.json', 'npm install --save-dev'],
] as const;

/**
 * The command that adds packages, such as `dockerode@5`, to the workspace around a folder. The nearest lock file above the
 * folder tells the package manager; without one it is npm.
 */
export function installCommand(packages: readonly string[], folder = process.cwd()): string {
  const found = MANAGERS.find(([file]) => existsSync(join(folder, file)));
  if (found) return `${found[1]} ${packages.join(' ')}`;
  const parent = dirname(folder);
  return parent === folder
    ? `npm install --save-dev ${packages.join(' ')}`
    : installCommand(packages, parent);
}
