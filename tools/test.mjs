// Runs all tests with one command: `test.mjs` sets up and runs everything, `test.mjs unit` the fast tests, `test.mjs
// e2e [pattern]` whole systems, `test.mjs long [pattern]` whole systems with no suite cut to a sample. The last line is
// the count.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages, LONG_TEST_PACKAGES, TEST_PACKAGES } from './debian-packages.mjs';
import { run } from './run.mjs';
import { gonePackages, relockedCopy } from './scratch-copy.mjs';
import { failuresOf, passedAgain, totalOf, withSecondRun } from './test-report.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const reports = mkdtempSync(join(tmpdir(), 'nx-linuxkit-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

const UNIT = { name: 'unit', config: 'jest.config.cjs', env: {} };
const E2E = { name: 'e2e', config: 'e2e/jest.config.cjs', env: {} };
const LONG = { ...E2E, env: { TEST_LONG: '1' } };
const MODES = { all: [UNIT, E2E], unit: [UNIT], e2e: [E2E], long: [LONG] };

async function main([mode = 'all', ...patterns]) {
  const suites = MODES[mode];
  if (!suites) fail(`unknown mode ${JSON.stringify(mode)}: expected unit, e2e, long, or nothing for all`);
  await installNpmPackages();
  const needsSystem = suites.some((suite) => suite !== UNIT);
  if (needsSystem) await installDebianPackages(suites.includes(LONG) ? LONG_TEST_PACKAGES : TEST_PACKAGES);
  await build();
  const home = needsSystem ? await homeOfSystems() : root;
  const results = [];
  for (const suite of suites) results.push(await runSuite(suite, suite === UNIT ? root : home, patterns));
  summarise(results);
}

async function installNpmPackages() {
  if (existsSync(join(root, 'node_modules/.bin/jest'))) return;
  if ((await run('npm', ['ci'], { cwd: root })) !== 0) fail('npm ci failed');
}

async function installDebianPackages(lists) {
  const problem = await ensureDebianPackages(lists);
  if (problem) fail(problem);
}

/** Worker threads and the packed plugin run from dist in every suite. */
async function build() {
  if ((await run(process.execPath, ['tools/build.mjs'], { cwd: root })) !== 0) fail('the build failed');
}

/**
 * The folder in which whole systems are built: this repository, or a copy with new pins if the mirror no longer has
 * what the base set pins. So no test fails because the mirror moved on.
 */
async function homeOfSystems() {
  const gone = await gonePackages(root).catch((error) => {
    console.warn(`warning: cannot ask the Debian mirror for what is pinned: ${error.message}`);
    return [];
  });
  if (gone.length === 0) return root;
  console.warn(
    `warning: the mirror no longer has ${gone.join(', ')}; testing with current versions in a scratch copy`,
  );
  const copy = await relockedCopy(root);
  process.once('exit', () => rmSync(copy, { recursive: true, force: true }));
  return copy;
}

/** A busy machine can fail a file now and then, so files that failed run once more, one by one. */
async function runSuite(suite, home, patterns) {
  const first = await runJest(suite, suite.name, home, patterns);
  const failing = first.files.filter(({ status }) => status === 'failed').map(({ name }) => name);
  if (failing.length === 0) return { ...first, again: [] };
  console.log(`run again: ${failing.join(', ')}`);
  const options = ['--runInBand', '--runTestsByPath', ...failing];
  const second = await runJest(suite, `${suite.name}-again`, home, options);
  return {
    status: second.status,
    files: withSecondRun(first.files, second.files),
    again: passedAgain(first.files, second.files),
  };
}

/** Reads counts from the report alone, because what jest prints is for people. */
async function runJest({ config, env }, reportName, home, args) {
  const report = join(reports, `${reportName}.json`);
  const reporters = ['--reporters=default', `--reporters=${join(root, 'tools/jest/reporter.cjs')}`];
  const options = ['--config', config, ...reporters, '--silent=false', ...args];
  const status = await run(process.execPath, ['node_modules/jest/bin/jest.js', ...options], {
    cwd: home,
    env: { ...process.env, ...env, JEST_REPORT: report },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (!existsSync(report)) fail(`jest ended with status ${status} and without a report`);
  return { status, files: JSON.parse(readFileSync(report, 'utf8')) };
}

function summarise(results) {
  const files = results.flatMap((result) => result.files);
  const again = results.flatMap((result) => result.again);
  for (const failure of failuresOf(files)) console.log(`failed: ${failure}`);
  const { passed, failed, skipped } = totalOf(files);
  const good = failed === 0 && results.every(({ status }) => status === 0);
  if (failed === 0 && !good) console.log('failed: jest itself, see above');
  if (again.length > 0) console.log(`passed only when run again: ${again.length}: ${again.join('; ')}`);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = good ? 0 : 1;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

await main(process.argv.slice(2));
