import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { exampleWorkspace } from './examples/example-workspace.js';
import { Guest } from './examples/guest.js';
import { pushPackages } from './examples/push-packages.js';
import { inGuest, powerOff, SHELL_PORT, withShell } from './examples/shell.js';
import { REPOSITORY } from './workspace/packed.js';
import type { Workspace } from './workspace/workspace.js';

const YAML = 'examples/my-os/linuxkit.yml';
const IMAGES = readFileSync(join(REPOSITORY, YAML), 'utf8').match(/(?<=: |- )(linuxkit\/|nginx:)\S+(?=$)/gm)!;
const BUILT = 'dist/examples/my-os/kernel+initrd/my-os';
/** The largest initrd of a first system. */
const INITRD_BYTES = 50e6;
/** The limit on a host that does nothing else: three times what it takes. */
const POWER_OFF_SECONDS = 10;
/** The limit for the time from power-on to nginx's answer, as a multiple of the time until /init starts. */
const TIMES_OF_INIT = 3.6;

/** Builds the classic YAML from the base set. The guest has a shell besides, and nothing else. */
describe('my-os', () => {
  let workspace: Workspace;
  let guest: Guest;
  let slowness: number;
  let answered: { init: number; now: number };

  beforeAll(async () => {
    workspace = await exampleWorkspace(['my-os'], {
      files: { 'apps/observed/linuxkit.yml': withShell('my-os') },
    });
    await workspace.succeed('run-many', '-t', 'build');
    guest = await Guest.boot(workspace.path('dist/apps/observed/kernel+initrd/observed'), {
      publish: ['0:80', SHELL_PORT],
    });
    await guest.until('page of nginx', () => pageOf(guest));
    slowness = guest.slowness();
    answered = guest.clock();
  }, 900_000);
  afterAll(async () => {
    await guest?.stop();
    await workspace?.stop();
  });

  test('every format that it declares is built, and the initrd is at most 50 MB', () => {
    expect(workspace.exists('dist/examples/my-os/iso-bios/my-os.iso')).toBe(true);
    expect(workspace.exists('dist/examples/my-os/iso-efi/my-os-efi.iso')).toBe(true);
    expect(workspace.bytes(`${BUILT}-initrd.img`).length).toBeLessThanOrEqual(INITRD_BYTES);
  });

  test('nginx answers at most 3.6 times as long after power-on as /init starts', () => {
    const { init, now } = answered;
    process.stderr.write(
      `my-os: /init at ${init.toFixed(2)} s, HTTP at ${now.toFixed(2)} s, ${(now / init).toFixed(2)} x\n`,
    );
    expect(now / init).toBeLessThanOrEqual(TIMES_OF_INIT);
  });

  test('nginx answers on the host', async () => {
    const { status, body } = (await pageOf(guest))!;
    expect({ status, body }).toMatchObject({
      status: 200,
      body: expect.stringContaining('Welcome to nginx'),
    });
  });

  test('dhcpcd got an address and a name server, by the binds of 2017', async () => {
    expect(await inGuest(guest, 'ip -4 addr show eth0')).toContain('inet 10.0.2.15/24');
    expect(await inGuest(guest, 'cat /hostroot/etc/resolv.conf')).toContain('nameserver 10.0.2.3');
  });

  test('sysctl took effect: every key of the image that this kernel has', async () => {
    const wanted = settings(readFileSync(join(REPOSITORY, 'images/sysctl/files/00-linuxkit.conf'), 'utf8'));
    const files = [...wanted.keys()].map((key) => `/proc/sys/${key.replaceAll('.', '/')}`);
    const read = await inGuest(
      guest,
      `for file in ${files.join(' ')}; do [ ! -e $file ] || echo "$file=$(cat $file)"; done`,
    );
    const found = settings(read.replaceAll('/proc/sys/', ''));
    expect(found.size).toBeGreaterThan(wanted.size / 2);
    for (const [key, value] of wanted) {
      const name = key.replaceAll('.', '/');
      if (found.has(name)) expect([key, found.get(name)]).toEqual([key, value]);
    }
  });

  test('binfmt_misc is mounted', async () => {
    expect(await inGuest(guest, 'grep binfmt_misc /proc/1/mounts')).toMatch(
      /^\S+ \/proc\/sys\/fs\/binfmt_misc binfmt_misc /m,
    );
  });

  test('containerd has both services running', async () => {
    const tasks = await inGuest(guest, 'ctr -n services.linuxkit task ls');
    expect(tasks).toMatch(/^nginx +\d+ +RUNNING$/m);
    expect(tasks).toMatch(/^rngd +\d+ +RUNNING$/m);
  });

  test('the file is there', async () => {
    expect(await inGuest(guest, 'cat /hostroot/etc/docker/daemon.json')).toBe('{"debug": true}');
  });

  test('it powers off within 10 seconds', async () => {
    expect(await powerOff(guest)).toBeLessThan(POWER_OFF_SECONDS * slowness);
    expect(guest.console).toMatch(/reboot: Power down/);
  });

  describe('from a registry, under LinuxKit’s names', () => {
    let registry: TestRegistry;
    let pulled: Workspace;

    beforeAll(async () => {
      registry = await startRegistry();
      await pushPackages(workspace, IMAGES, registry.host);
      const nginx = IMAGES.find((reference) => reference.startsWith('nginx:'))!;
      const images = { 'linuxkit/': `${registry.host}/linuxkit/`, nginx: `${registry.host}/${nginx}` };
      pulled = await exampleWorkspace(['my-os'], { plugin: { images }, env: {} });
      await pulled.succeed('lock', 'my-os');
      await pulled.succeed('kernel+initrd', 'my-os');
    }, 300_000);
    afterAll(async () => {
      await pulled?.stop();
      await registry?.stop();
    });

    test('the same YAML is locked to the digests of the registry', () => {
      const { images } = JSON.parse(pulled.read('examples/my-os/linuxkit.lock.json'));
      expect(Object.keys(images).sort()).toEqual([...IMAGES].sort());
    });

    test('the system is the same, byte by byte', () => {
      for (const part of ['kernel', 'initrd.img', 'cmdline'])
        expect(pulled.bytes(`${BUILT}-${part}`).equals(workspace.bytes(`${BUILT}-${part}`))).toBe(true);
    });

    test('it boots until its nginx answers', async () => {
      const second = await Guest.boot(pulled.path(BUILT), { publish: ['0:80'] });
      await second.until('page of nginx', () => pageOf(second)).finally(() => second.stop());
    });
  });
});

async function pageOf(guest: Guest): Promise<{ status: number; body: string } | undefined> {
  const url = `http://127.0.0.1:${guest.port(80)}/`;
  const response = await fetch(url, { signal: AbortSignal.timeout(3000), headers: { connection: 'close' } });
  return { status: response.status, body: await response.text() };
}

/** Reads lines of `key = value`. The kernel chooses the white space within a value, so one blank replaces it. */
function settings(text: string): Map<string, string> {
  const lines = [...text.matchAll(/^ *([^#;\s=][^\s=]*) *= *(.*?) *$/gm)];
  return new Map(lines.map(([, key, value]) => [key, value.replace(/\s+/g, ' ')]));
}
