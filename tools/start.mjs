// The first thing that a newcomer runs: sets up what is missing, builds examples/my-os and boots it until its web
// server answers. Needs Node, npm and Debian's packages; nothing else has to be there.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const OS = 'my-os';
/** MB of memory for the guest: the initrd and what it unpacks to, twice over. */
const MEMORY = 1024;
/** Seconds: a boot takes about 15 by emulation on an idle machine, and machines are shared. */
const BOOT_LIMIT = 180;
const timings = [];

async function main() {
  await step('npm packages', installNpmPackages);
  await step('compile', () => run(process.execPath, ['tools/build.mjs']));
  await step('qemu', installQemu);
  const { home, build } = await import('./base-set.mjs');
  await step(`nx build ${OS}`, () => build(OS));
  await step('boot until HTTP answers', () => boot(home()));
  report(home());
}

function installNpmPackages() {
  if (existsSync(join(root, 'node_modules/.bin/nx'))) return;
  // Not `npm ci`, which wants every platform's build of an optional package to be in the registry at hand.
  run('npm', ['install', '--no-save']);
}

function installQemu() {
  if (spawnSync('qemu-system-x86_64', ['--version'], { stdio: 'ignore' }).status === 0) return;
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', 'qemu-system-x86'];
  const apt = spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
  if (!apt || process.getuid?.() !== 0) {
    fail(`QEMU is missing. Install it, then run npm start again:\n\n  sudo ${install.join(' ')}\n`);
  }
  run('apt-get', ['update', '--quiet']);
  run(install[0], install.slice(1));
}

async function boot(home) {
  const require = createRequire(import.meta.url);
  const { bootTest, mediumOf } = require('../packages/machine');
  const { describe } = require('../packages/errors');
  const prefix = join(home, 'dist/examples', OS, 'kernel+initrd', OS);
  try {
    await bootTest({
      medium: mediumOf('kernel+initrd', prefix),
      memory: MEMORY,
      publish: ['0:80'],
      http: [{ port: 80, body: 'nginx' }],
      timeout: BOOT_LIMIT,
      onLine: (line) => console.log(`  | ${line}`),
    });
  } catch (error) {
    fail(describe(error));
  }
}

function report(home) {
  const dist = join(home, 'dist/examples', OS);
  console.log('\nArtefacts:');
  for (const format of readdirSync(dist)) {
    for (const file of readdirSync(join(dist, format))) {
      const path = join(dist, format, file);
      console.log(`  ${path} (${(statSync(path).size / 1e6).toFixed(1)} MB)`);
    }
  }
  console.log('\nTime taken:');
  for (const { name, seconds } of timings) console.log(`  ${seconds.toFixed(1).padStart(7)} s  ${name}`);
  console.log(`\nnginx of ${OS} answered. Boot it yourself: npx nx boot ${OS} --publish=8080:80`);
}

async function step(name, work) {
  console.log(`\n== ${name}`);
  const started = performance.now();
  await work();
  timings.push({ name, seconds: (performance.now() - started) / 1000 });
}

function run(command, args) {
  const shell = process.platform === 'win32' && command === 'npm';
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit', shell });
  if (status !== 0) fail(`${command} ${args.join(' ')} failed`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

await main();
