// Builds the examples out of the base set, also when Debian's mirrors have moved on: a mirror keeps only the newest
// version of a package, so a pinned one can be gone. Then the examples are built in a scratch copy of the
// repository whose packages are pinned anew, with a warning, so that a newcomer is not stopped by it.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  mkdtempSync,
  readdirSync,
  existsSync,
  symlinkSync,
  mkdirSync,
  readlinkSync,
  lstatSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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
  workspace = scratchCopy();
  await relockAll(workspace);
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

/** The sources by copy, npm's packages by link; the base set's own folder must be the copy's. */
function scratchCopy() {
  const copy = mkdtempSync(join(tmpdir(), 'nx-linuxkit-scratch-'));
  for (const name of ['images', 'examples', 'nx.json', 'package.json', 'packages', 'tsconfig.base.json']) {
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  linkModules(join(root, 'node_modules'), join(copy, 'node_modules'));
  linkModules(join(root, 'node_modules/@nx-linuxkit'), join(copy, 'node_modules/@nx-linuxkit'));
  return copy;
}

/** Links that lead into the repository lead into the copy there. */
function linkModules(from, to) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (name === '@nx-linuxkit') continue;
    const link = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
    symlinkSync(link !== undefined && !link.startsWith('/') ? link : resolve(path), join(to, name));
  }
}

async function relockAll(workspace) {
  const { default: stages } = await import('../packages/stages/dist/index.js');
  const pipeline = new stages.Pipeline(stages.openEnvironment(workspace, {}));
  try {
    for (const name of readdirSync(join(workspace, 'images')).sort()) {
      if (!existsSync(join(workspace, 'images', name, 'build.yml'))) continue;
      await stages.lockPackageFolder(pipeline, `images/${name}`, console.log);
    }
  } finally {
    await pipeline.close();
  }
}
