import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStandalone, pullSystem, pushSystem } from '@nx-linuxkit/stages/standalone';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { pathOf, startGate, type Gate } from './registry/gate.js';

const PROGRAM = join(__dirname, '../packages/command/bin/nx-linuxkit.cjs');
const MEGABYTES = 4;

let registry: TestRegistry;
let gate: Gate;
let folder: string;
const iso = randomBytes(MEGABYTES << 20);

beforeAll(async () => {
  registry = await startRegistry();
  gate = await startGate(registry.host);
  folder = mkdtempSync(join(tmpdir(), 'e2e-system-push-'));
  writeFileSync(join(folder, 'my-os-efi.iso'), iso);
});
afterAll(async () => {
  await gate?.stop();
  await registry?.stop();
  rmSync(folder, { recursive: true, force: true });
});
beforeEach(() => gate.reset());

const environment = (at = folder) => openStandalone({ folder: at, store: join(at, 'store'), settings: {} });
/** Debian's registry hides an OCI manifest from a client that does not ask for one. */
const headers = { accept: 'application/vnd.oci.image.manifest.v1+json' };
const status = async (repository: string) =>
  (await fetch(`http://${registry.host}/v2/${repository}/manifests/1`, { headers })).status;

it('a push that is killed at any request leaves no tag, and the next one goes on', async () => {
  const to = `${gate.host}/systems/my-os:1`;
  const killed: string[] = [];
  for (let done = false; !done;) {
    gate.reset();
    const child = spawn(
      process.execPath,
      [PROGRAM, 'push', 'oci', '--format', 'iso-efi', join(folder, 'my-os'), to],
      { env: { ...process.env, NX_LINUXKIT_STORE: join(folder, 'store') } },
    );
    gate.fail = (request) => {
      if (request.method === 'GET' || request.method === 'HEAD' || killed.includes(pathOf(request)))
        return false;
      killed.push(pathOf(request));
      return child.kill('SIGKILL');
    };
    const [code, signal] = await once(child, 'exit');
    done = code === 0;
    expect([code, signal]).toEqual(done ? [0, null] : [null, 'SIGKILL']);
    expect(await status('systems/my-os')).toBe(done ? 200 : 404);
    expect(killed.length).toBeLessThan(20);
  }
  // The begin of an upload, two blobs, the manifest by its digest, and the tag.
  expect(killed).toHaveLength(5);
  const pulled = { reference: to, preferred: ['iso-efi'], folder: join(folder, 'pulled') };
  const { prefix } = await pullSystem(environment(), pulled, () => undefined);
  expect(readFileSync(`${prefix}-efi.iso`)).toEqual(iso);
});

it('a disk that is full while a system is fetched is one clear error, and the next call with space is right', async () => {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const reference = `${registry.host}/systems/full:1`;
  const formats = [{ format: 'iso-efi', prefix: join(folder, 'my-os') }];
  const system = { name: 'my-os', platform: 'linux/amd64', formats, to: reference };
  await pushSystem(environment(), system, () => undefined);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES / 2}m`, 'tmpfs', disk]);
  try {
    const pull = () =>
      pullSystem(
        environment(),
        { reference, preferred: ['iso-efi'], folder: join(disk, 'system') },
        () => undefined,
      );
    await expect(pull()).rejects.toMatchObject({
      code: 'unwritable',
      message: expect.stringMatching(/^cannot write .*full-efi\.iso: .*no space left/),
    });
    expect(readdirSync(join(disk, 'system'))).toEqual([]);
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    const { prefix } = await pull();
    expect(readFileSync(`${prefix}-efi.iso`)).toEqual(iso);
  } finally {
    execFileSync('umount', ['-l', disk]);
  }
});
