import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { REPOSITORY } from './workspace/packed.js';

/**
 * The set-up of `npm test`, with the real apt and dpkg on a system of their own: a folder with a database, a root and
 * an archive of two packages. Each package starts a daemon when it is installed, as docker.io does.
 */
const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-set-up-'));
const at = (...path: string[]) => join(base, ...path);
const POLICY = '/usr/sbin/policy-rc.d';

/** A maintainer script that starts a daemon, notes which programs it found for that, and ends once the test lets it. */
const POSTINST = `#!/bin/sh
set -e
for program in invoke-rc.d deb-systemd-invoke; do command -v $program >>${at('programs')}; done
invoke-rc.d nx-linuxkit-daemon start
deb-systemd-invoke start nx-linuxkit-daemon.service
touch ${at('began-')}$DPKG_MAINTSCRIPT_PACKAGE
while [ -e ${at('wait')} ]; do sleep 0.1; done
`;

/** Holds a lock of apt's kind until the test lets it go. */
const HOLD_LOCK = `use Fcntl; open(my $file, '>>', $ARGV[0]) or die $!;
my $lock = pack('s s l l i x64', F_WRLCK, 0, 0, 0, 0); fcntl($file, F_SETLK, $lock) or die $!;
open(my $held, '>', $ARGV[1]) or die $!; sleep(1) while -e $ARGV[2];`;

const APT = `
Dir::State "${at('apt/state')}";
Dir::State::status "${at('dpkg/status')}";
Dir::Cache "${at('apt/cache')}";
Dir::Log "${at('apt/log')}";
Dir::Etc "${at('apt/etc')}";
APT::Sandbox::User "root";
DPkg::Options { "--admindir=${at('dpkg')}"; "--instdir=${at('root')}"; "--force-script-chrootless"; "--log=${at('dpkg.log')}"; };
`;

beforeEach(() => {
  for (const name of readdirSync(base)) rmSync(at(name), { recursive: true });
  for (const folder of [
    'apt/state',
    'apt/cache',
    'apt/log',
    'apt/etc',
    'dpkg/info',
    'dpkg/updates',
    'root',
    'tmp',
  ])
    mkdirSync(at(folder), { recursive: true });
  for (const name of ['status', 'available']) writeFileSync(at('dpkg', name), '');
  write('apt.conf', APT);
  write('apt/etc/sources.list', `deb [trusted=yes] file:${at('archive')} ./\n`);
  write('archive/Packages', ['one', 'two'].map(publish).join('\n'));
  for (const name of ['run.mjs', 'debian-packages.mjs', 'without-services'])
    cpSync(join(REPOSITORY, 'tools', name), at('tools', name), { recursive: true });
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), text);
  chmodSync(at(path), mode);
}

/** Builds a package, and returns its paragraph in the index of the archive. */
function publish(name: string): string {
  const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: test\nDescription: test\n`;
  write(`build/${name}/DEBIAN/control`, control);
  write(`build/${name}/DEBIAN/postinst`, POSTINST, 0o755);
  mkdirSync(at('archive'), { recursive: true });
  execFileSync('dpkg-deb', ['--build', at('build', name), at('archive', `${name}.deb`)], { stdio: 'ignore' });
  const deb = readFileSync(at('archive', `${name}.deb`));
  const digest = createHash('sha256').update(deb).digest('hex');
  return `${control}Filename: ./${name}.deb\nSize: ${deb.length}\nSHA256: ${digest}\n`;
}

/** Runs the set-up as `npm test` does, in a process group of its own, as a terminal has one for its foreground job. */
function setUp(...packages: string[]) {
  write('tools/debian-test-packages.txt', `${packages.join('\n')}\n`);
  const script = `const { ensureDebianPackages } = await import('./debian-packages.mjs');
    const problem = await ensureDebianPackages();
    if (problem) { console.error(problem); process.exit(1); }`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    cwd: at('tools'),
    detached: true,
    env: { ...process.env, APT_CONFIG: at('apt.conf'), DPKG_ADMINDIR: at('dpkg'), TMPDIR: at('tmp') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) =>
    child.once('close', (code) => resolve({ code, output })),
  );
  return { group: -child.pid!, output: () => output, ended };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waited = 0; !condition(); waited += 50) {
    if (waited > 60_000) throw new Error('waited for a minute');
    await sleep(50);
  }
}

const installed = () =>
  [...readFileSync(at('dpkg/status'), 'utf8').matchAll(/^Status: (.*)$/gm)].map(([, is]) => is);

/** The machine's policy for daemons, and files beside it, with what changes when a file is replaced. */
function policy(): unknown {
  const near = readdirSync(dirname(POLICY)).filter((name) => name.startsWith('policy-rc.d'));
  return near.map((name) => {
    const { ino, mtimeMs, size } = lstatSync(join(dirname(POLICY), name));
    return { name, ino, mtimeMs, size };
  });
}

test('installs what is missing and starts no daemon', async () => {
  const before = policy();
  expect(await setUp('one', 'two').ended).toMatchObject({ code: 0 });
  expect(installed()).toEqual(['install ok installed', 'install ok installed']);
  const found = readFileSync(at('programs'), 'utf8').trim().split('\n');
  expect(new Set(found.map((program) => dirname(program)))).toEqual(new Set([at('tools/without-services')]));
  expect(found).toHaveLength(4);
  expect(policy()).toEqual(before);
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while it installs leaves nothing on the machine', async (signal, status) => {
  const before = policy();
  write('wait', '');
  const { group, ended } = setUp('one', 'two');
  await until(() => existsSync(at('began-one')));
  expect(policy()).toEqual(before);
  process.kill(group, signal);
  rmSync(at('wait'));
  const { code, output } = await ended;
  expect({ code, output }).toEqual({ code: status, output });
  expect(policy()).toEqual(before);
  expect(readdirSync(at('tmp'))).toEqual([]);
  expect(() => process.kill(group, 0)).toThrow('ESRCH');
});

test('waits while another installation holds the lock of dpkg', async () => {
  write('wait', '');
  const first = setUp('one');
  await until(() => existsSync(at('began-one')));
  const second = setUp('two');
  await until(() => spawnSync('pgrep', ['-g', `${-second.group}`, 'apt-get']).status === 0);
  // Without a time limit for its lock, apt gives up within a second.
  await sleep(2000);
  rmSync(at('wait'));
  expect([await first.ended, await second.ended]).toMatchObject([{ code: 0 }, { code: 0 }]);
  expect(installed()).toHaveLength(2);
});

test('waits while another program holds the lock of the package lists', async () => {
  write('wait', '');
  mkdirSync(at('apt/state/lists'));
  spawn('perl', ['-e', HOLD_LOCK, at('apt/state/lists/lock'), at('held'), at('wait')], { stdio: 'inherit' });
  await until(() => existsSync(at('held')));
  const { ended, output } = setUp('one');
  await until(() => /Could not get lock/.test(output()));
  rmSync(at('wait'));
  expect(await ended).toMatchObject({ code: 0 });
});
