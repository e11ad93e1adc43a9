// Runs as the first command of a newcomer: sets up what is missing, builds examples/my-os and boots it until its web
// server answers. Needs Node, npm and Debian's packages, and nothing else.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasApt, installDebianPackages } from './debian-packages.mjs';
import { run } from './run.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const OS = 'my-os';
/** Debian's package. */
const QEMU = 'qemu-system-x86';
/** MB of memory for the guest: twice what the initrd and its unpacked files take. */
const MEMORY = 1024;
/** Seconds. An emulated boot takes about 15 on an idle machine, and other programs may keep the machine busy. */
const BOOT_LIMIT = 180;
const timings = [];

async function main() {
  await step('npm packages', installNpmPackages);
  await step('compile', () => mustRun(process.execPath, ['tools/build.mjs']));
  await step('qemu', installQemu);
  const { home, build } = await import('./base-set.mjs');
  await step(`nx build ${OS}`, () => build(OS));
  await step('boot until HTTP answers', () => boot(home()));
  report(home());
}

async function installNpmPackages() {
  if (existsSync(join(root, 'node_modules/.bin/nx'))) return;
  await mustRun('npm', ['ci']);
}

async function installQemu() {
  if (spawnSync('qemu-system-x86_64', ['--version'], { stdio: 'ignore' }).status === 0) return;
  const line = `apt-get install --no-install-recommends ${QEMU}`;
  if (!hasApt() || process.getuid?.() !== 0)
    fail(`QEMU is missing. Install it, then run npm start again:\n\n  sudo ${line}\n`);
  if (!(await installDebianPackages([QEMU])))
    fail(`QEMU could not be installed. Try by hand:\n\n  ${line}\n`);
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

async function mustRun(command, args) {
  if ((await run(command, args, { cwd: root })) !== 0) fail(`${command} ${args.join(' ')} failed`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

await main();
