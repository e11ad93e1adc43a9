import { execFileSync } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { startRegistry, type TestRegistry } from '@nx-linuxkit/testing';
import { exampleWorkspace, pluginOptions } from './examples/example-workspace.js';
import { Guest } from './examples/guest.js';
import type { Workspace } from './workspace/workspace.js';

/** The life of examples/appliance, as docs/guide/updates.md tells it, on firmware that enforces Secure Boot. */

jest.setTimeout(3_600_000);
const YAML = 'examples/appliance/linuxkit.yml';
const DISK = 'dist/examples/appliance/ab/appliance-ab.img';
const OVMF = '/usr/share/OVMF';
/** QEMU's name of the host in its user network. */
const HOST = '10.0.2.2';
/** How often a broken version is tried. */
const TRIES = 3;

let workspace: Workspace;
let registry: TestRegistry;
beforeAll(async () => {
  registry = await startRegistry();
  workspace = await exampleWorkspace(['appliance'], {
    plugin: {
      ...pluginOptions,
      secureBoot: { certificate: 'keys/db.pem', key: 'keys/db.key', enrol: true },
      sign: { key: 'keys/update.key' },
    },
    files: { 'keys/README': 'The test makes the keys.\n' },
  });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-keyout', workspace.path('keys/db.key')];
  const certificate = ['-days', '3650', '-subj', '/CN=appliance', '-out', workspace.path('keys/db.pem')];
  openssl('req', '-x509', ...key, ...certificate);
  const update = workspace.path('keys/update.key');
  openssl('genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', update);
  openssl('pkey', '-in', update, '-pubout', '-out', workspace.path('examples/appliance/update.pub'));
  // The registry of the test speaks plain HTTP.
  workspace.edit(YAML, (text) => text.replace("update', '-every'", "update', '-insecure', '-every'"));
}, 900_000);
afterAll(async () => {
  workspace?.stop();
  await registry?.stop();
});

function openssl(...args: string[]): void {
  execFileSync('openssl', args, { stdio: 'pipe' });
}

/** Runs nx for a version, which the environment names. */
async function nx(version: string, ...args: string[]): Promise<void> {
  const env = { VERSION: version, REPOSITORY: `${HOST}:${registry.host.split(':')[1]}/systems/appliance` };
  const { code, output } = await workspace.nxWith({ env }, ...args);
  if (code !== 0) throw new Error(`nx ${args.join(' ')} ended with ${code}:\n${output}`);
}

const push = (version: string) =>
  nx(
    version,
    ...['push-os', 'appliance', '--format=ab-update', '--sign'],
    `--to=${registry.host}/systems/appliance:stable`,
  );

test('version 1 enrols its certificate and takes version 2; a broken version 3 falls back to it; the data stay', async () => {
  await nx('1', 'ab', 'appliance');
  const disk = `${workspace.base}/appliance.img`;
  copyFileSync(workspace.path(DISK), disk);
  const guest = await Guest.start({
    medium: { kind: 'disk', path: disk, firmware: 'uefi', writable: true },
    uefi: { code: `${OVMF}/OVMF_CODE_4M.secboot.fd`, vars: `${OVMF}/OVMF_VARS_4M.fd` },
    machine: 'q35',
    args: ['-global', 'driver=cfi.pflash01,property=secure,value=on'],
    memory: 1024,
    publish: ['0:80'],
  });
  /** Waits for a page whose last line is that of the version, and gives all lines. */
  const page = async (version: string): Promise<string[]> => {
    const answer = await guest.say(80, 'GET / HTTP/1.0\r\n\r\n', new RegExp(`started version ${version}\n$`));
    return answer.split('\r\n\r\n')[1]!.trim().split('\n');
  };
  try {
    await guest.says(/Secure boot enabled[^]*verity: sha256 using/);
    expect(await page('1')).toEqual(['started version 1']);

    await push('2');
    await guest.says(/update: version 2 has 3 tries; fetched \d+ bytes/);
    expect(await page('2')).toEqual(['started version 1', 'started version 2']);
    await guest.says(/appliance_2-[0-9a-f]{12}\.efi works/);

    workspace.edit(YAML, (text) =>
      text
        .replace("'-limit', '60'", "'-limit', '20'")
        .replace('    net: host\n', "    net: host\n    command: ['/usr/sbin/nginx', '-c', '/nowhere']\n"),
    );
    await push('3');
    await guest.says(/update: version 3 has 3 tries/);
    for (let failed = 1; failed <= TRIES; failed += 1) {
      await guest.says(new RegExp(`(no health within 20 seconds[^]*){${failed}}`));
    }
    const starts = ['1', '2', ...Array<string>(TRIES).fill('3'), '2'];
    expect(await page('2')).toEqual(starts.map((version) => `started version ${version}`));
    await guest.says(/version 3 \(sha256:[0-9a-f]{64}\) did not work here: its tries are used up/);
    expect(guest.console).not.toMatch(/Secure boot disabled|Kernel panic/);
  } finally {
    await guest.stop();
  }
});
