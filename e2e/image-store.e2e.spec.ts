import { exampleWorkspace } from './examples/example-workspace.js';
import { Guest } from './examples/guest.js';
import { inGuest, SHELL_PORT } from './examples/shell.js';
import type { Workspace } from './workspace/workspace.js';

/** Services whose images are in containerd's store: they run from its snapshots, and are all that services are elsewhere. */

jest.setTimeout(600_000);

let workspace: Workspace;
let guest: Guest;
afterAll(async () => {
  await guest?.stop();
  await workspace?.stop();
});

/** Where containerd has blobs. */
const CONTENT = '/var/lib/containerd/io.containerd.content.v1.content/blobs';
const of = (name: string) => `@pkg:@nx-linuxkit/images/${name}`;

/** A root in which it may write, and one in which it may not; with all that config.json says of a process. */
const probe = (name: string, readonly: boolean) => ({
  name,
  image: of('getty'),
  readonly,
  env: ['GREETING=hello from its env', 'PATH=/bin:/usr/bin'],
  capabilities: ['CAP_KILL'],
  pid: 'new',
  binds: ['/etc/shared:/hostroot/etc', '/run:/run'],
  mounts: [{ type: 'tmpfs', destination: '/tmp', options: ['size=1m'] }],
  command: [
    '/bin/sh',
    '-c',
    `{ echo "$GREETING"; cat /hostroot/etc/text; grep CapEff /proc/self/status; grep ' /tmp ' /proc/mounts; echo pid $$; touch /made && echo writes; ls -a /; } >/run/${name}.txt 2>&1; exec sleep 100000`,
  ],
});
const YAML = {
  extends: ['../../examples/image-store/linuxkit.yml'],
  services: [
    {
      name: 'redis',
      image: of('redis'),
      annotations: { 'nx-linuxkit.restart': 'always', 'nx-linuxkit.health': 'redis-cli ping' },
    },
    probe('writes', false),
    probe('reads', true),
    {
      name: 'zz-shell', // the last to start
      image: of('getty'),
      command: ['/usr/bin/nc', '-ll', '-p', '2323', '-e', '/bin/sh'],
    },
  ],
  files: [{ path: 'etc/shared/text', contents: 'shared by a bind\n', mode: '0644' }],
};

/** Runs commands in the namespaces of the guest's first process. */
const onHost = (commands: string) =>
  inGuest(guest, `nsenter -t 1 -m -u -i -n -- sh -c '${commands.replaceAll("'", `'\\''`)}'`);
const page = () =>
  guest.until('page of nginx', async () => {
    const answer = await fetch(`http://127.0.0.1:${guest.port(80)}/`, { signal: AbortSignal.timeout(3000) });
    return answer.text();
  });
const TASKS = 'ctr -n services.linuxkit tasks ls';
/** Asks again until the answer matches. */
const settles = (commands: string, wanted: RegExp) =>
  guest.until(`answer ${wanted}`, async () => {
    const answer = await onHost(commands);
    return wanted.test(answer) ? answer : undefined;
  });

/** Runs a command, which gets the pid of a service, and waits until the service runs with another one. */
async function isReplaced(name: string, command: (pid: string) => string): Promise<void> {
  const [, pid] = new RegExp(`^${name} +(\\d+)`, 'm').exec(await onHost(TASKS)) as RegExpExecArray;
  await onHost(command(pid!));
  await settles(TASKS, new RegExp(`^${name} +(?!${pid} )\\d+ +RUNNING`, 'm'));
}

beforeAll(async () => {
  workspace = await exampleWorkspace(['my-os', 'image-store'], {
    files: { 'apps/observed/linuxkit.yml': JSON.stringify(YAML) },
  });
  await workspace.succeed('run', 'observed:build');
  const built = workspace.path('dist/apps/observed/kernel+initrd/observed');
  guest = await Guest.boot(built, { publish: ['0:80', SHELL_PORT] });
  await page();
}, 900_000);

test('services are images in containerd’s store, which has the layers that they share once, and run from its snapshots', async () => {
  const images = (await onHost('ctr -n services.linuxkit images ls -q')).trim().split('\n');
  expect(images.map((name) => name.replace(/@sha256:[0-9a-f]{64}$/, ''))).toEqual([
    'services/nginx',
    'services/redis',
    'services/rngd',
    'services/writes',
  ]);
  const mounts = await onHost('grep " /containers/services/" /proc/mounts');
  for (const place of ['nginx/lower', 'redis/lower', 'writes/lower']) {
    expect(mounts).toMatch(
      new RegExp(
        `^overlay /containers/services/${place} overlay ro,\\S*lowerdir=/run/images/rules:\\d+/fs`,
        'm',
      ),
    );
  }
  const blobs = await onHost(
    'ls /containers/images/blobs/sha256 | wc -l; ctr -n services.linuxkit content ls -q | wc -l',
  );
  const [built, imported] = blobs.trim().split('\n').map(Number);
  expect(imported).toBe(built);
  // The root has the blobs, so that memory has them once.
  expect(await onHost(`find ${CONTENT} -type f | wc -l`)).toBe('0\n');
});

test('config.json means what it means elsewhere', async () => {
  const writes = await settles('cat /run/writes.txt', /\bvar\b/);
  expect(writes).toContain('hello from its env\nshared by a bind\n');
  expect(writes).toMatch(/^CapEff:\s+0000000000000020$/m);
  expect(writes).toMatch(/^tmpfs \/tmp tmpfs \S*size=1024k/m);
  expect(writes).toContain('\npid 1\nwrites\n');
  const reads = await settles('cat /run/reads.txt', /\bvar\b/);
  expect(reads).toContain('hello from its env\nshared by a bind\n');
  expect(reads).toContain('Read-only file system');
  // What one service writes no other sees, and the snapshot stays.
  expect(reads).not.toMatch(/^made$/m);
});

test('services restart, are healthy, stop and start', async () => {
  expect(await onHost('service health; echo status $?')).toBe('status 0\n');
  await isReplaced('redis', (pid) => `kill -9 ${pid}`);
  for (const name of ['nginx', 'reads'])
    await isReplaced(name, () => `service restart ${name} >/run/restart 2>&1 </dev/null &`);
  expect(await page()).toContain('nginx');
  expect(await settles('cat /run/reads.txt', /\bvar\b/)).toContain('hello from its env');
});
