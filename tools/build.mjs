// Compiles every package with `tsc -b`, then stops Nx's daemon: a running daemon keeps the code of a plugin that it has
// loaded, so it would not see the new one.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeIndexesLazy } from './lazy-indexes.mjs';

/** The one file of a `dist` that is made of many sources. */
const BUNDLE = join('inference', 'bundle.js');
const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => join(root, 'node_modules', '.bin', name);

if (!existsSync(bin('tsc'))) {
  console.error('typescript is not installed: run `npm ci` with development dependencies');
  process.exit(1);
}
linkPackages();
run(process.execPath, ['packages/deflate/build-wasm.mjs']);
run(bin('tsc'), ['-b', 'tsconfig.json']);
for (const name of readdirSync(join(root, 'packages'))) makeIndexesLazy(join(root, 'packages', name, 'dist'));
run(process.execPath, ['packages/inspect/build-page.mjs']);
removeStale();
run(process.execPath, ['packages/nx-linuxkit/bundle-inference.mjs']);
copyLicence();
if (writeBuildId()) {
  spawnSync(bin('nx'), ['daemon', '--stop'], {
    cwd: root,
    stdio: 'ignore',
    shell: process.platform === 'win32',
  });
}

// A package that came with a pull is linked as npm links it, so that no `npm install` is needed.
function linkPackages() {
  for (const folder of readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))) {
    if (!existsSync(join(folder, 'package.json'))) continue;
    const { name, bin = {} } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    link(folder, join(root, 'node_modules', name));
    for (const [program, file] of Object.entries(bin))
      link(join(folder, file), join(root, 'node_modules', '.bin', program));
  }
}

function link(target, path) {
  if (process.platform === 'win32' || lstatSync(path, { throwIfNoEntry: false })) return;
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(relative(dirname(path), target), path);
}

function run(command, args) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

// Removes what was compiled from a source that is gone: it would be published, and keep imports of it working.
function removeStale() {
  for (const name of readdirSync(join(root, 'packages'))) {
    const dist = join(root, 'packages', name, 'dist');
    for (const file of readdirSync(dist, { recursive: true })) {
      const [, source] = /^(.+)\.(?:js|d\.ts|js\.map|d\.ts\.map)$/.exec(file) ?? [];
      if (source === undefined || file === BUNDLE) continue;
      const isMade =
        !file.endsWith('.map') && existsSync(join(root, 'packages', name, 'src', `${source}.ts`));
      if (!isMade) rmSync(join(dist, file));
    }
  }
}

// npm packs the licence of a package's own folder only.
function copyLicence() {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  for (const folder of [...folders, join(root, 'images')]) {
    // A copy that is there keeps its time, by which tests know that a package is the same.
    if (!existsSync(join(folder, 'LICENSE'))) copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  }
}

// Writes a hash of the compiled code, which joins every stage version: here the code changes without a new version.
function writeBuildId() {
  const hash = createHash('sha256');
  for (const file of compiledFiles()) hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  const path = join(root, 'packages/nx-linuxkit/dist/build-id');
  const id = `${hash.digest('hex').slice(0, 16)}\n`;
  if (existsSync(path) && readFileSync(path, 'utf8') === id) return false;
  writeFileSync(path, id);
  return true;
}

function compiledFiles() {
  const packages = readdirSync(join(root, 'packages')).filter((name) => name !== 'testing');
  return packages
    .map((name) => join(root, 'packages', name, 'dist'))
    .filter((dist) => existsSync(dist))
    .flatMap((dist) => readdirSync(dist, { recursive: true }).map((name) => join(dist, name)))
    .filter((file) => /\.(js|wasm)$/.test(file))
    .sort();
}
