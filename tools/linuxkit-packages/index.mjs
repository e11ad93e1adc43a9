// Builds LinuxKit's own packages by Nx, from a checkout of LinuxKit:
//
//   node tools/linuxkit-packages/index.mjs --checkout=../linuxkit [--only=TEXT] [--keep]
//
// It prints what is wrong with a package, and how many were inferred, named as LinuxKit names them, and built. Its status is 1 if
// one of these was not.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Workspace } from '../bench/workspace.mjs';
import { STAND_INS, writeStandIns } from './stand-ins.mjs';

const option = (name) => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
const git = (folder, ...args) => execFileSync('git', ['-C', folder, ...args], { encoding: 'utf8' }).trim();

async function main() {
  const checkout = option('checkout');
  if (!checkout) throw new Error('expected --checkout=FOLDER, a checkout of LinuxKit');
  const base = mkdtempSync(join(tmpdir(), 'linuxkit-packages-'));
  try {
    const workspace = newWorkspace(base);
    takePackages(resolve(checkout), workspace.dir);
    const names = packagesOf(resolve(checkout)).filter((name) => name.includes(option('only') ?? ''));
    const offline = names.filter((name) => !needsNetwork(workspace, name));
    report('inferred', names, await inferred(workspace));
    report('named as LinuxKit names them', names, await named(workspace, resolve(checkout)));
    report('built, of those that need no network', offline, await built(workspace, offline));
  } finally {
    if (process.argv.includes('--keep')) console.log(base);
    else rmSync(base, { recursive: true, force: true });
  }
}

function newWorkspace(base) {
  const images = Object.fromEntries(STAND_INS.map((name) => [`linuxkit/${name}`, `@pkg:./stand-in/${name}`]));
  const plugin = { plugin: 'nx-linuxkit', options: { images, packages: { folders: ['pkg'] } } };
  const workspace = new Workspace(base, 'linuxkit', { plugin, files: {} });
  writeStandIns(join(workspace.dir, 'stand-in'));
  return workspace;
}

/** Takes the packages out of the checkout's commit: a tag is the hash of what is committed. */
function takePackages(checkout, workspace) {
  const given = { maxBuffer: 2 ** 30, stdio: ['ignore', 'pipe', 'ignore'] };
  const archive = execFileSync('git', ['-C', checkout, 'archive', 'HEAD', 'pkg'], given);
  execFileSync('tar', ['-x', '-C', workspace], { input: archive });
  git(workspace, 'add', '--force', 'pkg');
  git(workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-q', '-m', 'packages');
}

function packagesOf(checkout) {
  const files = git(checkout, 'ls-tree', '-r', '--name-only', 'HEAD', 'pkg/').split('\n');
  return files.flatMap((file) => /^pkg\/([^/]+)\/build\.yml$/.exec(file)?.[1] ?? []);
}

function needsNetwork({ dir }, name) {
  return /^network:\s*true/m.test(readFileSync(join(dir, 'pkg', name, 'build.yml'), 'utf8'));
}

async function inferred(workspace) {
  const { output } = await workspace.nx(['show', 'projects', '--json']);
  return JSON.parse(output.slice(output.indexOf('['))).map((project) => project.replace(/^pkg\//, ''));
}

async function named(workspace, checkout) {
  const { output } = await workspace.nx([
    'run-many',
    '-t',
    'show-tag',
    '-p',
    'pkg/*',
    '--output-style=stream',
  ]);
  const tags = [...output.matchAll(/^pkg\/\S+: linuxkit\/([\w.-]+):([0-9a-f]{40})$/gm)];
  return tags
    .filter(([, name, hash]) => hash === git(checkout, 'rev-parse', `HEAD:pkg/${name}`))
    .map(([, name]) => name);
}

/** A package that fails keeps no other one from being built. */
async function built(workspace, names) {
  const projects = names.map((name) => `pkg/${name}`).join(',');
  const args = ['run-many', '-t', 'build', '-p', projects, '--output-style=stream', '--nxBail=false'];
  const output = await workspace.nx(args).then(
    (result) => result.output,
    (error) => error.message,
  );
  const done = [...output.matchAll(/^pkg\/([\w.-]+) for linux\/\w+: sha256:[0-9a-f]{64}$/gm)].map(
    ([, name]) => name,
  );
  if (done.length < names.length) console.log(output);
  return done;
}

function report(what, expected, got) {
  const missing = expected.filter((name) => !got.includes(name));
  for (const name of missing) console.log(`not ${what}: ${name}`);
  console.log(`${expected.length - missing.length} of ${expected.length} ${what}`);
  if (missing.length > 0) process.exitCode = 1;
}

await main();
