// Installs what is missing of lists such as tools/debian-test-packages.txt as root, and tells other users what to install.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { run, runAndCollect } from './run.mjs';

/** Seconds to wait while another program holds a lock of apt or dpkg; an upgrade of a system takes minutes. */
const LOCK_LIMIT = 600;
const LOCKED = /Could not get lock/;

/** Stand-ins for the programs by which maintainer scripts start daemons; docker.io and docker-registry have some. */
const WITHOUT_SERVICES = fileURLToPath(new URL('without-services', import.meta.url));
/** Where apt lets dpkg look for programs by default. */
const SYSTEM_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** What `npm test` needs, and what `npm run test:long` needs besides. */
export const TEST_PACKAGES = ['debian-test-packages.txt'];
export const LONG_TEST_PACKAGES = [...TEST_PACKAGES, 'debian-long-test-packages.txt'];

/** Resolves with an error message, or with nothing when all packages of the lists are there. */
export async function ensureDebianPackages(lists = TEST_PACKAGES) {
  const missing = missingPackages(lists);
  if (missing.length === 0) return undefined;
  const line = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!hasApt()) return `the tests need Debian or Ubuntu, with these packages: ${missing.join(' ')}`;
  if (process.getuid?.() !== 0)
    return `the tests need Debian packages that are not installed. Run:\n  sudo ${line}`;
  console.log(`installing ${missing.length} Debian packages for the tests: ${missing.join(' ')}`);
  if (await installDebianPackages(missing)) return undefined;
  return `the Debian packages could not be installed. Try by hand:\n  ${line}`;
}

export function hasApt() {
  return spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0;
}

/** Resolves with whether apt installed them. Package lists are large, so they are fetched only after a first failure. */
export async function installDebianPackages(packages) {
  const install = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  if (await apt(install)) return true;
  return (await updateLists()) && (await apt(install));
}

async function apt(args) {
  return (await run('apt-get', aptArguments(args), { env: aptEnvironment() })) === 0;
}

/** apt waits for the lock of dpkg by itself, but not for that of the package lists. */
async function updateLists() {
  const update = ['-c', 'exec apt-get "$@" 2>&1', 'sh', ...aptArguments(['update', '-qq'])];
  for (let seconds = 0; ; seconds++) {
    const { status, output } = await runAndCollect('sh', update, { env: aptEnvironment() });
    if (status === 0 || !LOCKED.test(output) || seconds >= LOCK_LIMIT) return status === 0;
    await sleep(1000);
  }
}

function aptArguments(args) {
  const options = { 'DPkg::Lock::Timeout': LOCK_LIMIT, 'DPkg::Path': `${WITHOUT_SERVICES}:${SYSTEM_PATH}` };
  return [...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]), ...args];
}

function aptEnvironment() {
  return { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
}

function missingPackages(lists) {
  const lines = lists.flatMap((list) => readFileSync(new URL(list, import.meta.url), 'utf8').split('\n'));
  const wanted = lines.filter((line) => line !== '' && !line.startsWith('#'));
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n'], {
    encoding: 'utf8',
  });
  const installed = new Set((stdout ?? '').split('\n').map((line) => line.replace(/ installed$/, '')));
  return wanted.filter((name) => !installed.has(name));
}
