import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MachineOptions } from '@nx-linuxkit/machine';
import { exampleWorkspace } from './examples/example-workspace.js';
import { Guest } from './examples/guest.js';
import { withBusyLoops } from './network/busy-host.js';
import { card } from './network/cards.js';
import { Monitor } from './network/monitor.js';
import type { Workspace } from './workspace/workspace.js';

/**
 * Forty boots of each system, five under each condition, and each must be reachable: a race that one boot in twenty
 * loses shows up in forty with a probability of 87 %. BOOTS=n is another number for each condition.
 */
const BOOTS = Number(process.env.BOOTS ?? 5);
const LATE_MS = 3000;
const HOUR = 3_600_000;

interface System {
  readonly name: string;
  readonly example: string;
  readonly machine: Partial<MachineOptions>;
  /** Resolves once the guest has been reached over its network. */
  readonly reach: (guest: Guest) => Promise<unknown>;
}

const nginx = (guest: Guest) => guest.say(80, 'GET / HTTP/1.0\r\n\r\n', /Welcome to nginx/);

const SYSTEMS: readonly System[] = [
  { name: 'my-os', example: 'my-os', machine: { publish: ['0:80'] }, reach: nginx },
  {
    name: 'redis-os',
    example: 'redis-os',
    machine: { publish: ['0:6379'], disks: ['size=64M'] },
    reach: (guest) => guest.say(6379, 'PING\r\n', /\+PONG/),
  },
  {
    name: 'ssh',
    example: 'ssh',
    machine: { publish: ['0:22'] },
    reach: (guest) => guest.say(22, '', /SSH-2\.0/),
  },
  {
    name: 'two cards',
    example: 'my-os',
    machine: { publish: ['0:80'], args: card('net1', '10.0.3.0/24') },
    reach: async (guest) => {
      for (const lease of ['eth0: leased 10.0.2.15', 'eth1: leased 10.0.3.15']) {
        await guest.until(lease, async () => guest.console.includes(lease) || undefined);
      }
      await nginx(guest);
    },
  },
];

const CONDITIONS = [0, 3].flatMap((loops) =>
  [1, 2].flatMap((cpus) => (['ready', 'late'] as const).map((link) => ({ loops, cpus, link }))),
);

let workspace: Workspace;
beforeAll(async () => {
  workspace = await exampleWorkspace(['my-os', 'redis-os', 'ssh']);
  // The example ssh is built without a key here: its server answers all the same.
  await workspace.succeed('run-many', '-t', 'kernel+initrd');
}, 900_000);
afterAll(() => workspace?.stop());

type Link = 'ready' | 'late' | 'never';

/** Lines of a kernel whose processor the host did not run for a long time. */
const STARVED = /IO-APIC \+ timer doesn't work|soft lockup/;

class Starved extends Error {}

/** Boots a system, and is over when it has been reached. A late link comes up 3 seconds after init's first line. */
async function bootAndReach({ example, machine, reach }: System, cpus: number, link: Link): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'network-long-'));
  const monitor = await Monitor.in(folder);
  const prefix = workspace.path(`dist/examples/${example}/kernel+initrd/${example}`);
  const args = [...(machine.args ?? []), ...monitor.args];
  const guest = await Guest.boot(prefix, { ...machine, cpus, args });
  const netdevs = ['net0', ...(machine.args ? ['net1'] : [])];
  const setLinks = async (state: 'on' | 'off') => {
    for (const netdev of netdevs) await monitor.link(netdev, state);
  };
  const late = async () => {
    await guest.says(/Welcome to nx-linuxkit/);
    await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    await setLinks('on');
  };
  try {
    if (link !== 'ready') await setLinks('off');
    await monitor.start();
    await Promise.all([reach(guest), link === 'late' ? late() : undefined]);
  } catch (error) {
    throw STARVED.test(guest.console) ? new Starved() : error;
  } finally {
    await guest.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A busy host can leave an emulated processor without time, until the kernel loses its timer or reports a soft lockup.
 * That says nothing about the network, so the machine is started again.
 */
async function unlessStarved(boot: () => Promise<void>): Promise<void> {
  for (let left = 2; ; left--) {
    try {
      return await boot();
    } catch (error) {
      if (left === 0 || !(error instanceof Starved)) throw error;
      process.stderr.write('the host starved this machine: started again\n');
    }
  }
}

describe.each(SYSTEMS)('$name', (system) => {
  test.each(CONDITIONS)(
    'is reachable after each boot: $loops busy loops, $cpus CPUs, link $link',
    async ({ loops, cpus, link }) => {
      const failures: string[] = [];
      await withBusyLoops(loops, async () => {
        for (let boot = 0; boot < BOOTS; boot++) {
          await unlessStarved(() => bootAndReach(system, cpus, link)).catch((error: Error) =>
            failures.push(error.message),
          );
        }
      });
      process.stderr.write(
        [
          `${system.name}, ${loops} loops, ${cpus} CPUs, link ${link}: ${BOOTS - failures.length} of ${BOOTS}`,
          ...failures,
          '',
        ].join('\n'),
      );
      expect(failures).toEqual([]);
    },
    HOUR,
  );

  test(
    'without a link fails within its limit, and a test learns it from the console',
    async () => {
      await expect(bootAndReach(system, 1, 'never')).rejects.toThrow(
        /it has no network[^]*eth0 has no address: waited \d+ seconds for its link/,
      );
    },
    HOUR,
  );
});
