// Makes a release. `release.mjs version 0.2.0` writes the version into all packages and the changelog, to be committed and
// tagged; `release.mjs publish [npm's options]` builds that and publishes it, from CI with a provenance statement.
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const CHANGELOG = join(root, 'CHANGELOG.md');
/** Variables by which npm gets a token of the CI system's identity, from GitHub and from GitLab. */
const IDENTITY = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'SIGSTORE_ID_TOKEN'];

const COMMANDS = { version, publish };

async function main([name, ...args]) {
  const command = COMMANDS[name];
  if (!command) fail(`expected the command version or publish, got ${JSON.stringify(name ?? '')}`);
  process.chdir(root);
  await command(...args);
}

async function version(wanted) {
  if (!/^\d+\.\d+\.\d+(-[0-9a-z.]+)?$/.test(wanted ?? ''))
    fail(`expected a version such as 0.2.0, got ${JSON.stringify(wanted ?? '')}`);
  const { releaseVersion } = (await import('nx/release')).default;
  const { workspaceVersion } = await releaseVersion({ specifier: wanted, gitCommit: false, gitTag: false });
  if (workspaceVersion !== wanted)
    fail(`nx release made the version ${workspaceVersion}, expected ${wanted}`);
  writeFileSync(CHANGELOG, withVersion(readFileSync(CHANGELOG, 'utf8'), wanted));
  await mustRun('npm', ['install', '--package-lock-only', '--ignore-scripts']);
  console.log(`Look at the changes, then: git commit -am "Version ${wanted}" && git tag v${wanted}`);
}

/** Gives the section _Unreleased_ the version and the date, and begins a new one. */
function withVersion(changelog, wanted) {
  const heading = '## Unreleased\n';
  if (!changelog.includes(heading)) fail(`CHANGELOG.md has no section Unreleased`);
  const today = new Date().toISOString().slice(0, 10);
  return changelog.replace(heading, `${heading}\n## ${wanted} - ${today}\n`);
}

async function publish(...options) {
  await mustRun(process.execPath, ['tools/build.mjs']);
  const provenance = IDENTITY.some((name) => process.env[name]) ? ['--provenance'] : [];
  for (const { name, version, folder } of inOrder(publishedPackages())) {
    if (isPublished(`${name}@${version}`, options)) {
      console.log(`${name}@${version} is published already`);
      continue;
    }
    await mustRun('npm', ['publish', `./${folder}`, '--ignore-scripts', ...provenance, ...options]);
  }
}

/** All packages of the workspace but the private ones, which `release.projects` in nx.json leaves out too. */
function publishedPackages() {
  const folders = readdirSync(join(root, 'packages')).map((name) => `packages/${name}`);
  return [...folders, 'images']
    .map((folder) => ({ folder, ...JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) }))
    .filter((manifest) => !manifest.private);
}

/** Dependencies first, so that no published package lacks one, however the publishing ends. */
function inOrder(packages) {
  const names = new Set(packages.map(({ name }) => name));
  const ordered = [];
  while (ordered.length < packages.length) {
    const done = new Set(ordered.map(({ name }) => name));
    const ready = packages.filter(
      ({ name, dependencies = {} }) =>
        !done.has(name) && Object.keys(dependencies).every((other) => !names.has(other) || done.has(other)),
    );
    if (ready.length === 0) fail('the packages depend on each other in a circle');
    ordered.push(...ready);
  }
  return ordered;
}

function isPublished(spec, options) {
  const registry = options.filter((option) => option.startsWith('--registry='));
  const { stdout } = spawnSync('npm', ['view', spec, 'version', ...registry], { encoding: 'utf8' });
  return stdout.trim() !== '';
}

async function mustRun(command, args) {
  if ((await run(command, args, { cwd: root })) !== 0) fail(`${command} ${args.join(' ')} failed`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

await main(process.argv.slice(2));
