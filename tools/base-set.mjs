// Builds the examples out of the base set, in a scratch copy if Debian's mirrors no longer have what it pins.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runAndCollect } from './run.mjs';
import { relockedCopy } from './scratch-copy.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const NX = join(root, 'node_modules/nx/dist/bin/nx.js');
let workspace = root;

/** The folder in which the examples were built: the repository, or its scratch copy. */
export function home() {
  return workspace;
}

/** Runs `nx build`. Ends the process if that fails, unless the reason is a mirror that moved on. */
export async function build(os) {
  const first = await nx(workspace, ['build', os]);
  if (first.status === 0) return;
  if (!/Debian replaced it/.test(first.output)) process.exit(first.status);
  console.warn(
    '\nwarning: the mirror no longer has a pinned version; building with current ones in a scratch copy',
  );
  workspace = await relockedCopy(root);
  const second = await nx(workspace, ['build', os]);
  if (second.status !== 0) process.exit(second.status);
}

function nx(cwd, args) {
  const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false' };
  return runAndCollect(process.execPath, [NX, ...args], { cwd, env });
}
