// Debian's tools that the tests run, from tools/debian-test-packages.txt: what is missing is installed by root,
// and told to anyone else.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const POLICY = '/usr/sbin/policy-rc.d';

/** Returns an error message, or nothing when all packages are there. */
export function ensureDebianPackages() {
  const missing = missingPackages();
  if (missing.length === 0) return undefined;
  const line = `apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (!hasProgram('apt-get'))
    return `the tests need Debian or Ubuntu, with these packages: ${missing.join(' ')}`;
  if (process.getuid?.() !== 0)
    return `the tests need Debian packages that are not installed. Run:\n  sudo ${line}`;
  console.log(`installing ${missing.length} Debian packages for the tests: ${missing.join(' ')}`);
  return install(missing) ? undefined : `the Debian packages could not be installed. Try by hand:\n  ${line}`;
}

function missingPackages() {
  const list = readFileSync(new URL('debian-test-packages.txt', import.meta.url), 'utf8');
  const wanted = list.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const { stdout } = spawnSync('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n'], {
    encoding: 'utf8',
  });
  const installed = new Set((stdout ?? '').split('\n').map((line) => line.replace(/ installed$/, '')));
  return wanted.filter((name) => !installed.has(name));
}

function hasProgram(name) {
  return spawnSync('which', [name], { stdio: 'ignore' }).status === 0;
}

/** Lists are fetched only if the first try fails, as in a fresh container: they are large. */
function install(packages) {
  const apt = (...args) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'inherit', 'inherit'], env: aptEnvironment() }).status ===
    0;
  const args = ['install', '-y', '-qq', '--no-install-recommends', ...packages];
  return withoutServices(() => apt(...args) || (apt('update', '-qq') && apt(...args)));
}

function aptEnvironment() {
  return { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
}

/** docker.io and docker-registry start daemons when installed; 101 means "not allowed" to invoke-rc.d. */
function withoutServices(action) {
  const kept = `${POLICY}.nx-linuxkit-kept`;
  if (existsSync(POLICY)) renameSync(POLICY, kept);
  const restore = () => {
    rmSync(POLICY, { force: true });
    if (existsSync(kept)) renameSync(kept, POLICY);
  };
  process.once('exit', restore);
  try {
    writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    return action();
  } finally {
    restore();
    process.off('exit', restore);
  }
}
