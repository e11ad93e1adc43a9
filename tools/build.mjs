// Compiles every package with `tsc -b`. Nx does not do this itself, because its daemon keeps the code
// of a plugin that it has loaded: the daemon is stopped here, so that the next command sees the new code.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(bin('tsc'))) {
  console.error('typescript is not installed: run `npm install` with development dependencies');
  process.exit(1);
}
if (existsSync(join(root, 'packages/deflate/asconfig.json')))
  run(process.execPath, ['packages/deflate/build-wasm.mjs']);
run(bin('tsc'), ['-b', 'tsconfig.json']);
spawnSync(bin('nx'), ['daemon', '--stop'], {
  cwd: root,
  stdio: 'ignore',
  shell: process.platform === 'win32',
});
