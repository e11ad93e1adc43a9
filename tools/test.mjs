// All tests, one command: `test.mjs` sets up and runs everything, `test.mjs unit` the fast ones, `test.mjs e2e
// [pattern]` whole systems. The last line is the count.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDebianPackages } from './debian-packages.mjs';
import { gonePackages, relockedCopy } from './scratch-copy.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const reports = mkdtempSync(join(tmpdir(), 'nx-linuxkit-test-'));
process.once('exit', () => rmSync(reports, { recursive: true, force: true }));

const UNIT = { name: 'unit', config: 'jest.config.cjs' };
const E2E = { name: 'e2e', config: 'e2e/jest.config.cjs' };

async function main([mode = 'all', ...patterns]) {
  const suites = { all: [UNIT, E2E], unit: [UNIT], e2e: [E2E] }[mode];
  if (!suites) fail(`unknown mode ${JSON.stringify(mode)}: expected unit, e2e, or nothing for all`);
  installNpmPackages();
  if (suites.includes(E2E)) installDebianPackages();
  build();
  const home = suites.includes(E2E) ? await homeOfSystems() : root;
  summarise(suites.map((suite) => runSuite(suite, suite === E2E ? home : root, patterns)));
}

function installNpmPackages() {
  if (existsSync(join(root, 'node_modules/.bin/jest'))) return;
  // Not `npm ci`, which wants every platform's build of an optional package to be in the registry at hand.
  if (run('npm', ['install', '--no-save']) !== 0) fail('npm install failed');
}

function installDebianPackages() {
  const problem = ensureDebianPackages();
  if (problem) fail(problem);
}

/** Worker threads and the packed plugin run from dist, whatever the test runs from. */
function build() {
  if (run(process.execPath, ['tools/build.mjs']) !== 0) fail('the build failed');
}

/**
 * Where whole systems are built: here, unless the mirror moved on from what the base set pins. Then it is a copy
 * that is pinned anew, so that a test does not fail for it.
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

/**
 * Whole systems depend on a machine that others use too: a file of theirs that fails is run once more, by itself,
 * and is named, so that what fails now and then is seen and what fails always is counted.
 */
function runSuite({ name, config }, home, patterns) {
  const first = runJest(name, home, config, patterns);
  const failing = first.testResults.filter(({ status }) => status === 'failed').map((file) => file.name);
  if (name !== E2E.name || failing.length === 0) return first;
  console.log(`run again: ${failing.map((file) => relative(home, file)).join(', ')}`);
  const second = runJest(`${name}-again`, home, config, ['--runTestsByPath', ...failing]);
  const passed = first.testResults
    .filter((file) => !failing.includes(file.name))
    .flatMap((file) => file.assertionResults)
    .filter(({ status }) => status === 'passed').length;
  return { ...second, name, home, numPassedTests: second.numPassedTests + passed };
}

/** The report is what counts: jest's own output is for a person. */
function runJest(name, home, config, args) {
  const report = join(reports, `${name}.json`);
  const options = ['--config', config, '--json', `--outputFile=${report}`, '--silent=false', ...args];
  const status = run(
    process.execPath,
    ['node_modules/jest/bin/jest.js', ...options],
    ['ignore', 'ignore', 'inherit'],
    home,
  );
  if (!existsSync(report)) fail(`jest ended with status ${status} and without a report`);
  return { name, home, status, ...JSON.parse(readFileSync(report, 'utf8')) };
}

function summarise(results) {
  const failures = results.flatMap(({ name, home, testResults }) =>
    testResults.flatMap((file) => failuresOf(name, home, file)),
  );
  for (const failure of failures) console.log(`failed: ${failure}`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  // A file that does not even load has no tests to count: it counts as one that failed.
  const failed = sum('numFailedTests') + sum('numRuntimeErrorTestSuites');
  const skipped = sum('numPendingTests') + sum('numTodoTests');
  const good = failed === 0 && results.every(({ status }) => status === 0);
  if (failed === 0 && !good) console.log('failed: jest itself, see above');
  console.log(
    `${sum('numPassedTests')} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
  );
  process.exitCode = good ? 0 : 1;
}

function failuresOf(suite, home, { name, status, message, assertionResults }) {
  const file = name.startsWith(home) ? name.slice(home.length + 1) : name;
  const tests = assertionResults.filter((test) => test.status === 'failed').map((test) => test.fullName);
  if (status === 'failed' && tests.length === 0)
    tests.push(message.replace(/\s+/g, ' ').trim().slice(0, 200));
  return tests.map((test) => `${suite}: ${file}: ${test}`);
}

function run(command, args, stdio = 'inherit', cwd = root) {
  const shell = process.platform === 'win32' && command === 'npm';
  return spawnSync(command, args, { cwd, stdio, shell }).status ?? 1;
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

await main(process.argv.slice(2));
