import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe as explain, Fault } from '@nx-linuxkit/errors';
import { buildPackage, openEnvironment, type Settings } from '@nx-linuxkit/stages';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { copyBusybox } from './dockerfile/busybox.js';
import { pathOf, startGate, type Gate } from './registry/gate.js';
import { WHOLE } from './sample.js';

const PROGRAM = join(__dirname, '../packages/command/bin/nx-linuxkit.cjs');

let base: string;
let shell: string;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'e2e-package-faults-'));
  shell = join(base, 'shell');
  mkdirSync(join(shell, 'bin'), { recursive: true });
  copyBusybox(shell);
  symlinkSync('/bin/busybox', join(shell, 'bin/sh'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

/** Writes a package below `pkg`; `files` are beside its Dockerfile. */
function writePackage(root: string, name: string, dockerfile: string, files: Record<string, string> = {}) {
  const folder = join(root, 'pkg', name);
  for (const [path, content] of Object.entries({
    ...files,
    'build.yml': `image: ${name}\norg: acme\narches: [amd64]\nnetwork: true\n`,
    Dockerfile: dockerfile,
  })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

/** A workspace with the package `base`, in which RUN can run. */
function workspaceAt(root: string): void {
  writePackage(root, 'base', 'FROM scratch\nCOPY root /\nENV PATH=/bin\n');
  cpSync(shell, join(root, 'pkg/base/root'), { recursive: true, verbatimSymlinks: true });
}

/** Builds a package in this process, and gives the digest of its image. */
async function build(root: string, name: string, settings: Settings = {}, log = (_line: string) => {}) {
  const lines: string[] = [];
  const environment = openEnvironment(root, { store: 'store', ...settings });
  await buildPackage(environment, { place: `pkg/${name}`, frozen: false }, (line) => {
    lines.push(line);
    log(line);
  });
  return lines.flatMap((line) => /^\S+ for linux\/amd64: (sha256:\S+)$/.exec(line)?.[1] ?? []).at(-1);
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Starts the command in a folder, with a cache and a folder for temporary files there. */
function start(root: string, cache: string, ...args: string[]): ChildProcess {
  mkdirSync(join(root, 'tmp'), { recursive: true });
  const env = {
    ...process.env,
    HOME: root,
    LINUXKIT_CACHE: join(root, cache),
    TMPDIR: join(root, 'tmp'),
    NX_LINUXKIT_BUILDER: 'buildah',
  };
  return spawn(process.execPath, [PROGRAM, ...args], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function run(root: string, cache: string, ...args: string[]) {
  const child = start(root, cache, ...args);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close') as Promise<[number | null]>,
  ]);
  return { code, stdout, stderr };
}

/** The processes below this one whose command has a word. */
function descendants(word: string, of = process.pid): number[] {
  const table = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  const rows = table.map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)!.slice(1));
  const below = (pid: number): number[] =>
    rows
      .filter(([, parent]) => Number(parent) === pid)
      .flatMap(([child]) => [Number(child), ...below(Number(child))]);
  const found = new Set(below(of));
  return rows
    .filter(([pid, , args]) => found.has(Number(pid)) && args.includes(word))
    .map(([pid]) => Number(pid));
}

test('eight packages at once over one store are those that are built one after the other', async () => {
  const root = mkdtempSync(join(base, 'eight-'));
  workspaceAt(root);
  const names = Array.from({ length: 8 }, (_, i) => `p${i}`);
  names.forEach((name, i) => {
    const command = WHOLE || i < 2 ? `RUN echo ${i} > /made\n` : '';
    writePackage(root, name, `FROM acme/base:any\nCOPY f /f\n${command}`, { f: `${i}`.repeat(100_000) });
  });
  const pkg = (cache: string, ...folders: string[]) =>
    run(root, cache, 'pkg', 'build', '--hash=1', ...folders.map((name) => `pkg/${name}`));
  const builds = await Promise.all(names.map((name) => pkg('together', name)));
  expect(builds.map(({ code, stderr }) => [code, stderr])).toEqual(names.map(() => [0, expect.any(String)]));
  expect(await pkg('alone', ...names)).toMatchObject({ code: 0 });
  const [together, alone] = await Promise.all(
    ['together', 'alone'].map((cache) => run(root, cache, 'cache', 'ls')),
  );
  expect(together.stdout).toBe(alone.stdout);
  expect(together.stdout.trim().split('\n')).toHaveLength(8);
  const again = await pkg('together', ...names);
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout + again.stderr).not.toMatch(/^image /m);
});

/** Waits a minute in the middle if the secret `slow` is there, which is in no key. */
const HALF = `FROM acme/base:any
RUN --mount=type=secret,id=slow echo half-way && if [ -e /run/secrets/slow ]; then busybox sleep 60; fi && echo done > /done
`;

test('a builder that is killed half-way is one clear error, and the next build is right', async () => {
  const root = mkdtempSync(join(base, 'killed-'));
  workspaceAt(root);
  writePackage(root, 'half', HALF, { slow: '1' });
  const started = performance.now();
  let killed = 0;
  const kill = (line: string) => {
    if (!/: half-way$/.test(line)) return;
    // The build has started this one; the others are below it.
    const [first] = descendants('buildah');
    killed += Number(process.kill(first, 'SIGKILL'));
  };
  const packages = { builder: 'buildah', secrets: ['id=slow,src=pkg/half/slow'] } as const;
  const error = await failure(build(root, 'half', { packages }, kill));
  expect(killed).toBeGreaterThan(0);
  expect(error).toMatchObject({ code: 'builder-failed' });
  expect((error as Error).message).toMatch(/^buildah ended with SIGKILL\n[^]*\n {2}\| half-way$/);
  // The program that RUN had started is over too, and the error has not waited for it.
  expect(performance.now() - started).toBeLessThan(55_000);
  expect(descendants('sleep')).toEqual([]);
  const own = `nx-linuxkit-dockerfile-${hostname()}.${process.pid}-`;
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith(own))).toEqual([]);
  const right = await build(root, 'half', { packages: { builder: 'buildah' } });
  expect(right).toMatch(/^sha256:/);
  expect(await build(root, 'half')).toBe(right);
});

test('a call that is killed while RUN runs leaves nothing that the next call does not remove', async () => {
  const root = mkdtempSync(join(base, 'gone-'));
  workspaceAt(root);
  writePackage(root, 'half', HALF, { slow: '1' });
  const build = ['pkg', 'build', '--hash=1', 'pkg/half'];
  const child = start(root, 'cache', ...build, '--secret', 'id=slow,src=pkg/half/slow');
  const output = Promise.all([text(child.stdout!), text(child.stderr!)]);
  const ended = once(child, 'exit');
  while (descendants('sleep', child.pid).length === 0)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const below = descendants('', child.pid);
  child.kill('SIGKILL');
  await ended;
  const scratch = () => readdirSync(join(root, 'tmp')).filter((name) => name.includes('dockerfile'));
  expect(scratch()).toHaveLength(1);
  expect(await run(root, 'cache', ...build)).toMatchObject({ code: 0 });
  expect(scratch()).toEqual([]);
  for (const pid of below) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  await output;
});

describe('a disk that is full', () => {
  let disk: string;
  const mount = (size: string) => execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
  beforeEach(() => (disk = mkdtempSync(join(base, 'disk-'))));
  afterEach(() => execFileSync('umount', ['-l', disk]));
  const temporary = (root: string) =>
    readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.includes('.tmp'));

  /** Builds with disks of these sizes in KiB: a clear error each, and the right image once there is space. */
  async function tryAll(sizes: readonly number[], message: RegExp, make: (root: string) => Promise<unknown>) {
    mount('256m');
    const right = await make(disk);
    execFileSync('umount', [disk]);
    let failed = 0;
    for (const size of sizes) {
      mount(`${size}k`);
      const error = await failure(make(disk));
      if (error !== undefined) {
        failed += 1;
        expect([size, error instanceof Fault, explain(error)]).toEqual([
          size,
          true,
          expect.stringMatching(message),
        ]);
        expect([size, temporary(disk)]).toEqual([size, []]);
      }
      execFileSync('mount', ['-o', 'remount,size=256m', disk]);
      expect([size, await make(disk)]).toEqual([size, right]);
      execFileSync('umount', ['-l', disk]);
    }
    mount('1m');
    return failed;
  }

  test('at any write of a package that is made in Node is one clear error', async () => {
    // The package takes 0.5 MiB of its own and layers of one below, and its files stay outside of the disk.
    const files = mkdtempSync(join(base, 'files-'));
    writePackage(files, 'below', 'FROM scratch\nCOPY b /b\n', { b: randomText(1, 400_000) });
    writePackage(
      files,
      'top',
      'FROM acme/below:any AS below\nFROM scratch\nCOPY --from=below /b /c\nCOPY a /a\n',
      {
        a: randomText(2, 400_000),
      },
    );
    const make = (root: string) => {
      symlinkIfMissing(join(files, 'pkg'), join(root, 'pkg'));
      return build(root, 'top');
    };
    const step = WHOLE ? 16 : 128;
    const sizes = Array.from({ length: 1_024 / step }, (_, i) => 64 + i * step);
    expect(await tryAll(sizes, /disk is full|no space left/, make)).toBeGreaterThan(sizes.length / 4);
  });

  test('while a builder works is one clear error, and nothing of the build is left', async () => {
    const files = mkdtempSync(join(base, 'files-'));
    workspaceAt(files);
    writePackage(files, 'half', HALF);
    // Layers, cache and the builder's own storage take some 20 MiB.
    const sizes = WHOLE ? Array.from({ length: 20 }, (_, i) => 1 + i) : [4, 9];
    const outcomes = new Set<string>();
    for (const size of sizes) {
      mount(`${size}m`);
      symlinkSync(join(files, 'pkg'), join(disk, 'pkg'));
      const build = () => run(disk, 'cache', 'pkg', 'build', '--hash=1', 'pkg/half');
      const { code, stderr } = await build();
      outcomes.add(code === 0 ? 'built' : 'refused');
      if (code !== 0) {
        const errors = stderr.split('\n').filter((line) => line.startsWith('error: '));
        expect([size, errors.length, stderr]).toEqual([
          size,
          1,
          expect.stringMatching(/disk is full|no space left/),
        ]);
        expect([size, readdirSync(join(disk, 'tmp'))]).toEqual([size, []]);
      }
      execFileSync('mount', ['-o', 'remount,size=256m', disk]);
      expect([size, (await build()).code]).toEqual([size, 0]);
      execFileSync('umount', ['-l', disk]);
    }
    mount('1m');
    expect(outcomes).toContain('refused');
  });
});

function symlinkIfMissing(target: string, path: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** Text that no compressor makes much smaller. */
function randomText(seed: number, size: number): string {
  let state = seed;
  return Array.from({ length: size }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return String.fromCharCode(33 + ((state >> 16) % 90));
  }).join('');
}

describe('a registry', () => {
  let registry: TestRegistry;
  let gate: Gate;
  beforeAll(async () => {
    registry = await startRegistry();
    gate = await startGate(registry.host);
  });
  afterAll(async () => {
    await gate?.stop();
    await registry?.stop();
  });
  beforeEach(() => gate.reset());

  const isWrite = ({ method }: { method: string }) => method === 'POST' || method === 'PUT';
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
  const status = async (name: string, tag: string) =>
    (await fetch(`http://${registry.host}/v2/${name}/manifests/${tag}`, { headers: { accept } })).status;

  test('that keeps packages and fails in the middle of a push costs a line, and names nothing that is not there', async () => {
    const failed: string[] = [];
    for (let done = false; !done;) {
      const root = mkdtempSync(join(base, 'kept-'));
      writePackage(root, 'kept', 'FROM scratch\nCOPY a /a\n', { a: 'a'.repeat(1_000) });
      gate.reset();
      gate.fail = (request) => isWrite(request) && !failed.includes(pathOf(request));
      const lines: string[] = [];
      const packages = { registry: `${gate.host}/cache`, push: true };
      expect(await build(root, 'kept', { packages }, (line) => lines.push(line))).toMatch(/^sha256:/);
      const [, tag] = /\/cache\/acme\/kept\/manifests\/(nx-\w+)/.exec(gate.requests.join('\n'))!;
      const told = lines.filter((line) => line.startsWith('packages.registry'));
      done = gate.refused.length === 0;
      expect(told).toEqual(done ? [] : [expect.stringMatching(/; packages are not pushed$/)]);
      expect(await status('cache/acme/kept', tag)).toBe(done ? 200 : 404);
      if (done) break;
      const [method, url] = gate.refused[0].split(' ');
      failed.push(pathOf({ method, url }));
      expect(failed.length).toBeLessThan(20);
    }
    // The begin of an upload, a layer, a config, and the tag.
    expect(failed).toHaveLength(4);
  });

  test('a push of a package that is killed at a request leaves no tag, and the next one goes on', async () => {
    const root = mkdtempSync(join(base, 'push-'));
    writePackage(root, 'pushed', 'FROM scratch\nCOPY a /a\n', { a: 'b'.repeat(1_000) });
    writeFileSync(
      join(root, 'pkg/pushed/build.yml'),
      `image: pushed\norg: ${gate.host}/acme\narches: [amd64, arm64]\n`,
    );
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args], { cwd: root });
    git('init', '-q');
    git('add', 'pkg');
    git('commit', '-q', '-m', 'first');
    const killed: string[] = [];
    for (let done = false; !done;) {
      gate.reset();
      const child = start(root, 'cache', 'pkg', 'push', '--tag=1', 'pkg/pushed');
      gate.fail = (request) => {
        const isManifest = request.url.includes('/manifests/');
        if (!isWrite(request) || killed.includes(pathOf(request)) || !(WHOLE || isManifest)) return false;
        killed.push(pathOf(request));
        return child.kill('SIGKILL');
      };
      const [output, [code, signal]] = await Promise.all([
        Promise.all([text(child.stdout!), text(child.stderr!)]),
        once(child, 'close') as Promise<[number | null, string | null]>,
      ]);
      done = code === 0;
      expect([code, signal, output]).toEqual([...(done ? [0, null] : [null, 'SIGKILL']), expect.anything()]);
      expect(await status('acme/pushed', '1')).toBe(done ? 200 : 404);
      expect(killed.length).toBeLessThan(20);
    }
    // Two images, each by its digest and by the tag of its architecture, and the index.
    expect(killed.filter((path) => path.includes('/manifests/'))).toHaveLength(5);
  });
});

test('nothing of a builder is left mounted', () => {
  expect(readFileSync('/proc/mounts', 'utf8')).not.toContain('nx-linuxkit-dockerfile');
});
