import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { metadataDisk } from '@nx-linuxkit/disk';
import { exampleWorkspace, pluginOptions } from './examples/example-workspace.js';
import { Guest } from './examples/guest.js';
import { inGuest, inGuestOnce, powerOff, SHELL_PORT, SHELL_SERVICE, withShell } from './examples/shell.js';
import { REPOSITORY } from './workspace/packed.js';
import type { Workspace } from './workspace/workspace.js';

/** Machines of the examples on a network of their own, which the host reaches by published ports alone. */
const MEMBERS = { a: '192.168.77.11', b: '192.168.77.12', c: '192.168.77.13' };
type Member = keyof typeof MEMBERS;
const NAMES = Object.keys(MEMBERS) as Member[];
const ADDRESSES = Object.entries(MEMBERS).map(([name, address]) => `${name}=${address}`);
const HOUR = 3_600_000;
const TOKEN = 'abcdef.0123456789abcdef';

/** Stands in for the programs of Kubernetes' image: each says how it was called, and kubeadm writes what kubelet reads. */
const STAND_INS = {
  kubeadm: `#!/bin/sh
echo "probe kubeadm: $*" >/dev/console
mkdir -p /var/lib/kubelet
echo 'KUBELET_KUBEADM_ARGS="--stand-in=yes"' >/var/lib/kubelet/kubeadm-flags.env
echo 'kind: KubeletConfiguration' >/var/lib/kubelet/config.yaml
`,
  kubelet: `#!/bin/sh
echo "probe kubelet: $*" >/dev/console
[ -S /run/containerd/containerd.sock ] && echo 'probe socket: there' >/dev/console
exec sleep 2147483647
`,
};

/** The example with the programs that stand in, and a shell for the test. */
const KUBERNETES = readFileSync(join(REPOSITORY, 'examples/kubernetes/linuxkit.yml'), 'utf8')
  .replace(
    /^ {6}- \/var\/lib\/cni.*\n/m,
    (line) =>
      line +
      Object.keys(STAND_INS)
        .map((name) => `      - /etc/stand-in/${name}:/usr/bin/${name}\n`)
        .join(''),
  )
  .replace(/^services:\n/m, (line) => line + SHELL_SERVICE)
  .replace(
    /^files:\n/m,
    (line) =>
      line +
      Object.entries(STAND_INS)
        .map(
          ([name, text]) =>
            `  - { path: etc/stand-in/${name}, mode: '0755', contents: ${JSON.stringify(text)} }\n`,
        )
        .join(''),
  );

let workspace: Workspace;
const guests = new Map<string, Guest>();

beforeAll(async () => {
  const images = pluginOptions.images as Record<string, string>;
  workspace = await exampleWorkspace(['etcd', 'docker', 'kubernetes'], {
    plugin: { ...pluginOptions, images: { ...images, 'kindest/node': '@pkg:@nx-linuxkit/images/getty' } },
    files: {
      'apps/etcd-shell/linuxkit.yml': withShell('etcd'),
      'apps/docker-shell/linuxkit.yml': withShell('docker'),
      'apps/node/linuxkit.yml': KUBERNETES,
    },
  });
}, HOUR);
afterAll(async () => {
  await Promise.all([...guests.values()].map((guest) => guest.stop()));
  await workspace?.stop();
});

/** Boots one member of a cluster, with the user data that the example's program prints. */
async function start(
  system: string,
  kind: string,
  member: Member,
  port: number,
  memory: number,
): Promise<Guest> {
  const state = join(workspace.base, `${system}-${member}`);
  mkdirSync(state, { recursive: true });
  const words = [kind, `--me=${member}`, '--device=eth1', ...ADDRESSES];
  if (kind === 'kubernetes') words.push(`--token=${TOKEN}`);
  const program = join(REPOSITORY, 'examples/user-data.mjs');
  const text = execFileSync(process.execPath, [program, ...words], { encoding: 'utf8' });
  const cd = join(state, 'data.iso');
  await writeFile(cd, await metadataDisk('cidata', { name: member, text }));
  const guest = await Guest.boot(workspace.path(`dist/apps/${system}/kernel+initrd/${system}`), {
    ...{ lan: `${system}-${process.pid}`, state, memory, cds: [cd] },
    disks: ['size=1G'],
    publish: [`0:${port}`, SHELL_PORT],
  });
  guests.set(`${system}-${member}`, guest);
  await guest.says(/mountie: .* at /);
  return guest;
}

/** What services have said lately, for the error of a test. */
async function withLogs<T>(log: string, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    for (const [name, guest] of guests) {
      const text = await inGuest(guest, `ip -o -4 addr; tail -n 40 /var/log/${log}`).catch(() => 'no answer');
      process.stderr.write(`${name}:\n${text}\n`);
    }
    throw error;
  }
}

describe('etcd', () => {
  const PORT = 2379;
  const boot = (member: Member) => start('etcd-shell', 'etcd', member, PORT, 768);
  const of = (member: Member) => guests.get(`etcd-shell-${member}`)!;
  const base64 = (text: string) => Buffer.from(text).toString('base64');

  /** Calls etcd by its gateway for JSON: https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/. */
  const call = (member: Member, path: string, body: object) =>
    of(member).until(`answer of etcd on ${member}`, async () => {
      const answer = await fetch(`http://127.0.0.1:${of(member).port(PORT)}/v3/${path}`, {
        method: 'POST',
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
      return answer.ok ? ((await answer.json()) as Record<string, never>) : undefined;
    });
  const put = (member: Member, key: string, value: string) =>
    call(member, 'kv/put', { key: base64(key), value: base64(value) });
  /** The value that a member has itself, whether it reaches others or not. */
  const own = (member: Member, key: string, value: string) =>
    of(member).until(`${key} on ${member}`, async () => {
      const { kvs = [] } = (await call(member, 'kv/range', {
        key: base64(key),
        serializable: true,
      })) as unknown as {
        kvs?: { value: string }[];
      };
      return kvs[0]?.value === base64(value) ? value : undefined;
    });

  test(
    'three machines find each other, survive the loss of one, and keep their data over a restart',
    () =>
      withLogs('etcd.log', async () => {
        await workspace.succeed('build', 'etcd-shell');
        await Promise.all(NAMES.map(boot));
        await put('a', 'first', 'one');
        for (const member of NAMES) await own(member, 'first', 'one');
        const { members } = (await call('b', 'cluster/member/list', {})) as unknown as {
          members: { name: string; peerURLs: string[] }[];
        };
        expect(members.map(({ name, peerURLs }) => `${name}=${peerURLs}`).sort()).toEqual(
          NAMES.map((name) => `${name}=http://${MEMBERS[name]}:2380`),
        );

        // As a machine that loses its power: what it had not written is gone.
        await of('c').stop();
        await put('a', 'second', 'two');
        await own('b', 'second', 'two');
        await boot('c');
        await own('c', 'first', 'one');
        await own('c', 'second', 'two');

        await Promise.all(NAMES.map((member) => powerOff(of(member))));
        await Promise.all(NAMES.map(boot));
        for (const member of NAMES) {
          expect(of(member).console).not.toMatch(/format: ext4 on/);
          await own(member, 'second', 'two');
        }
        await put('c', 'third', 'three');
        await own('a', 'third', 'three');
        await Promise.all(NAMES.map((member) => of(member).stop()));
      }),
    HOUR,
  );
});

describe('docker', () => {
  const PORT = 8080;
  const of = (member: Member) => guests.get(`docker-shell-${member}`)!;
  /** Runs Docker's program on a machine, in the container of its daemon. */
  const inDaemon = (member: Member, words: string) =>
    inGuestOnce(of(member), `ctr -n services.linuxkit tasks exec --exec-id t-${++execs} docker ${words}`);
  let execs = 0;
  const docker = (member: Member, words: string) => inDaemon(member, `/usr/bin/docker ${words}`);
  /** Files of the daemon's container, as an image that needs no registry. */
  const IMAGE =
    "sh -c 'cd / && tar -chf - bin/busybox lib64/ld-linux-x86-64.so.2 lib/x86_64-linux-gnu/libc.so.6 lib/x86_64-linux-gnu/libresolv.so.2 | docker import - web'";
  const COMMAND = "/bin/busybox sh -c 'busybox hostname >/index.html; exec busybox httpd -f -p 80 -h /'";

  test(
    'three daemons are a swarm, and a service answers on each machine, also after the loss of one',
    () =>
      withLogs('docker.log', async () => {
        await workspace.succeed('build', 'docker-shell');
        await Promise.all(NAMES.map((member) => start('docker-shell', 'docker', member, PORT, 1536)));
        for (const member of NAMES) {
          await of(member).until(`Docker on ${member}`, async () =>
            /^Swarm: inactive$/m.test(
              await docker(member, "info --format 'Swarm: {{.Swarm.LocalNodeState}}'"),
            )
              ? true
              : undefined,
          );
          expect(await inDaemon(member, IMAGE)).toMatch(/^sha256:[0-9a-f]{64}$/m);
        }
        // Emulated machines on a busy host answer late, and are no lost ones.
        const init = `swarm init --advertise-addr ${MEMBERS.a} --dispatcher-heartbeat 30s`;
        expect(await docker('a', init)).toContain('Swarm initialized');
        const token = (await docker('a', 'swarm join-token --quiet worker')).trim();
        for (const member of ['b', 'c'] as const) {
          const join = `swarm join --token ${token} --advertise-addr ${MEMBERS[member]} ${MEMBERS.a}:2377`;
          expect(await docker(member, join)).toContain('joined a swarm as a worker');
        }
        // An administrator who has logged in by SSH has Docker's program too.
        const login = 'ctr -n services.linuxkit tasks exec --exec-id login sshd';
        expect(await inGuestOnce(of('a'), `${login} docker node ls --format '{{.Hostname}}'`)).toMatch(
          /^a$/m,
        );
        const service = `service create --detach --quiet --name web --replicas 3 --publish ${PORT}:80 --no-resolve-image web:latest`;
        expect(await docker('a', `${service} ${COMMAND}`)).toMatch(/^[a-z0-9]{25}$/m);

        await answers(NAMES, 3);
        await of('c').stop();
        await answers(['a', 'b'], 2);
        await Promise.all(NAMES.map((member) => of(member).stop()));
      }),
    HOUR,
  );

  /** Asks each machine until it has shown answers of `containers` containers, which run on several machines. */
  async function answers(members: readonly Member[], containers: number): Promise<void> {
    for (const member of members) {
      const said = new Set<string>();
      await of(member).until(`answers of ${containers} containers on ${member}`, async () => {
        const answer = await fetch(`http://127.0.0.1:${of(member).port(PORT)}/`, {
          headers: { connection: 'close' },
          signal: AbortSignal.timeout(5000),
        });
        if (answer.ok) said.add((await answer.text()).trim());
        return said.size >= containers ? true : undefined;
      });
    }
  }
});

test(
  'kubernetes: containerd has its CRI, and kubeadm and kubelet start by the user data',
  async () => {
    await workspace.succeed('build', 'node');
    const guest = await start('node', 'kubernetes', 'a', 6443, 1024);
    await guest.says(/probe socket: there/);
    const text = guest.console.replaceAll('\r', '');
    expect(text).toMatch(/probe kubeadm: init --config \/run\/config\/kubernetes\/kubeadm\.yml --ignore/);
    expect(text).toMatch(/probe kubelet: --config=\/var\/lib\/kubelet\/config\.yaml .* --stand-in=yes/);
    expect(await inGuest(guest, 'ctr plugins ls')).toMatch(/^io\.containerd\.grpc\.v1 +cri .* ok *$/m);
    expect(await inGuest(guest, 'cat /run/config/kubernetes/kubeadm.yml')).toContain(
      `advertiseAddress: ${MEMBERS.a}`,
    );
    expect(await inGuest(guest, 'grep " /var " /proc/1/mounts')).toMatch(/^\/dev\/vda1 .* ext4 /m);
    await guest.stop();
  },
  HOUR,
);
