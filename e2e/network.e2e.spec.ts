import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSystem, GUEST_FILES, image, onHost, saidOf } from './base-set/system.js';
import { Guest } from './examples/guest.js';
import { card } from './network/cards.js';
import { Monitor } from './network/monitor.js';

/** dhcpcd at boot and as a service, on a machine whose cables a test pulls and whose cards it plugs in. */
const root = mkdtempSync(join(tmpdir(), 'network-'));
const of = (name: string) => image(root, name);
const DHCPCD = ['/sbin/dhcpcd', '--nobackground', '-f', '/dhcpcd.conf'];
const host = (name: string, script: string) => ({
  name,
  image: of('getty'),
  command: onHost(script),
  binds: ['/etc/probe:/etc/probe'],
});
const LATE_MS = 3000;

const YAML = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0 quiet' },
  init: [of('init'), of('runc'), of('containerd')],
  onboot: [
    { name: 'hasty', image: of('dhcpcd'), command: [...DHCPCD, '-1', '-t', '5'] },
    { name: 'patient', image: of('dhcpcd'), command: [...DHCPCD, '-1'], env: ['DHCPCD_GRACE=2'] },
    host('report', 'report-network.sh'),
  ],
  services: [{ name: 'dhcpcd', image: of('dhcpcd') }, host('watch', 'watch-network.sh')],
  files: GUEST_FILES,
};

let prefix: string;
const guests: Guest[] = [];

beforeAll(async () => {
  await buildSystem(root, 'os', YAML);
  prefix = join(root, 'dist/os/kernel+initrd/os');
}, 300_000);
afterAll(async () => {
  await Promise.all(guests.map((guest) => guest.stop()));
  rmSync(root, { recursive: true, force: true });
});

async function start(name: string, args: string[]): Promise<{ guest: Guest; monitor: Monitor }> {
  const folder = join(root, name);
  mkdirSync(folder);
  const monitor = await Monitor.in(folder);
  const guest = await Guest.boot(prefix, { network: 'none', args: [...args, ...monitor.args] });
  guests.push(guest);
  return { guest, monitor };
}

describe('two cards, neither with a link', () => {
  let guest: Guest;
  let monitor: Monitor;
  const said = (name: string) => saidOf(guest.console.replaceAll('\r', ''), name);

  beforeAll(async () => {
    const cards = [...card('net0', '10.0.2.0/24'), ...card('net1', '10.0.3.0/24')];
    ({ guest, monitor } = await start('cards', cards));
    await monitor.link('net0', 'off');
    await monitor.link('net1', 'off');
    await monitor.start();
    await guest.says(/onboot: 000-hasty failed/);
    await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    await monitor.link('net0', 'on');
    await guest.says(/probe onboot: over/);
  });

  test('after the limit of the command line dhcpcd -1 fails, and says which card waited for what', () => {
    expect(guest.console).toMatch(/dhcpcd: eth0 has no address: waited [5-9] seconds for its link/);
    expect(guest.console).toMatch(/dhcpcd: eth1 has no address: waited [5-9] seconds for its link/);
    expect(guest.console).toContain('onboot: 000-hasty failed with status 1');
  });

  test('a link that comes 3 seconds late gets its address, and a dead card does not hold the boot up', () => {
    expect(said('address')).toEqual(['eth0 10.0.2.15/24 forever preferred_lft forever']);
    expect(said('default')).toEqual(['10.0.2.2 eth0']);
    expect(said('resolver')).toEqual(['nameserver 10.0.2.3']);
    expect(guest.console).not.toContain('001-patient failed');
    expect(guest.console.match(/eth1 has no address: waited \d+ seconds/g)).toHaveLength(2);
  });

  test('as a service: a carrier that is lost and comes back, a link that comes late, a card that is plugged in', async () => {
    await guest.says(/probe cards: eth0=leased\./);
    await monitor.link('net0', 'off');
    await guest.says(/probe cards:\./);
    await monitor.link('net0', 'on');
    await guest.says(/probe cards:\.\s+probe cards: eth0=leased\./);
    await monitor.link('net1', 'on');
    await guest.says(/probe cards: eth0=leased eth1=leased\./);
    await monitor.plugInCard('net2', '10.0.4.0/24');
    await guest.says(/probe cards: eth0=leased eth1=leased eth2=leased\./);
  });
});

test('without a card dhcpcd -1 says so and is no failure', async () => {
  const { guest, monitor } = await start('none', []);
  await monitor.start();
  await guest.says(/probe onboot: over/);
  expect(guest.console.match(/dhcpcd: this machine has no network card/g)).toHaveLength(2);
  expect(guest.console).not.toContain('failed');
});
