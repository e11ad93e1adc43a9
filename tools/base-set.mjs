// Builds the examples out of the base set, also when Debian's mirrors have moved on.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { relockedCopy } from './scratch-copy.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
let workspace = root;

/** Where the examples were built: the repository, or its scratch copy. */
export function home() {
  return workspace;
}

/** Runs `nx build`; ends the process when that fails for another reason than a mirror that moved on. */
export async function build(os) {
  const first = nx(workspace, ['build', os]);
  if (first.status === 0) return;
  if (!/Debian replaced it/.test(first.output)) process.exit(first.status ?? 1);
  console.warn(
    '\nwarning: the mirror no longer has a pinned version; building with current ones in a scratch copy',
  );
  workspace = await relockedCopy(root);
  const second = nx(workspace, ['build', os]);
  if (second.status !== 0) process.exit(second.status ?? 1);
}

function nx(cwd, args) {
  const { status, stdout } = spawnSync(
    process.execPath,
    [join(root, 'node_modules/nx/dist/bin/nx.js'), ...args],
    {
      cwd,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' },
      encoding: 'utf8',
      maxBuffer: 1 << 26,
    },
  );
  process.stdout.write(stdout);
  return { status, output: stdout };
}
