import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { CONNECTED, policyServices, probes, testConnections, testPolicies } from './base-set/services.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';
import { converse, type Line } from './base-set/terminal.js';
import { AHEAD, ASKS_FROM, startTimeServer, TIME_SERVER } from './base-set/time-server.js';

/**
 * Runs services in one boot: those with annotations that only our init knows (restart, order, health), those with a
 * runtime.json, and packages of the base set that are services.
 */
const root = mkdtempSync(join(tmpdir(), 'base-set-services-'));
const of = (name: string) => image(root, name);

const { count, shell, stay } = probes(of('getty'));

const PASSWORD = 'open sesame';
/** A password hash by crypt(3), with the salt `probe`. */
const SHADOW =
  'root:$6$probe$iwySA0wTEbnKtmegboXSUp/B/BmkTCY49WNsnFyPBfyy8IBYhQVejzDdt0rs6A8NWc84U67BUbJ3dujhZybY31:17000::::::\n';

const SERVICES = [
  ...policyServices({ count, shell, stay }),
  stay('connected', {}, { ...CONNECTED, runtime: { ...CONNECTED.runtime, namespace: 'of-its-own' } }),
  // This shell has a serial line of its own, because the test reads the other one.
  {
    name: 'getty',
    image: of('getty'),
    binds: ['/etc:/hostroot/etc', '/run/probe:/run/probe'],
    devices: [{ path: '/dev/ttyS1', type: 'c', major: 4, minor: 65, mode: '0666' }],
  },
  {
    name: 'openntpd',
    image: of('openntpd'),
    binds: ['/etc/resolv.conf:/etc/resolv.conf', '/etc/probe/ntpd.conf:/etc/ntpd.conf'],
  },
  { name: 'report', image: of('getty'), command: onHost('report-services.sh') },
  { name: 'rngd', image: of('rngd') },
];

const YAML = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0 console=ttyS1 quiet' },
  init: [of('init'), of('runc'), of('containerd')],
  onboot: [
    { name: 'mkdir', image: of('mkdir'), command: ['mkdir', '-p', '/run/probe'] },
    {
      name: 'address',
      image: of('getty'),
      command: ['sh', '-c', `ip addr add ${ASKS_FROM} dev eth0 && ip link set eth0 up`],
      binds: [],
    },
  ],
  services: SERVICES,
  files: [
    ...GUEST_FILES,
    { path: 'etc/getty.shadow', contents: SHADOW, mode: '0600' },
    { path: 'etc/probe/ntpd.conf', contents: `servers ${TIME_SERVER}\n` },
  ],
};

const LOGIN: readonly Line[] = [
  ['login: ', 'root\n'],
  ['Password: ', 'wrong\n'],
  ['incorrect', ''],
  ['login: ', 'root\n'],
  ['Password: ', `${PASSWORD}\n`],
  ['# ', 'echo user-$(id -u) | tee /run/probe/login\n'],
  ['user-0', 'exit\n'],
];

let text: string;
let terminal: string;
const said = (name: string) => saidOf(text, name);

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML);
  const time = await startTimeServer();
  const line = join(root, 'ttyS1');
  const over = new AbortController();
  const talk = converse(line, LOGIN, over.signal);
  const booted = bootTest({
    medium,
    network: 'none',
    args: [
      ...time.args,
      '-chardev',
      `socket,id=line,path=${line},server=on,wait=off`,
      '-serial',
      'chardev:line',
    ],
    powerOff: true,
    timeout: 900,
    ...watched,
  }).finally(() => {
    over.abort();
    time.stop();
  });
  [terminal, { console: text }] = await Promise.all([talk, booted]);
}, 1_200_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

testPolicies(said);

test('getty: root logs in with the password of /etc/getty.shadow, and with no other', () => {
  expect(terminal).toContain('Login incorrect');
  expect(said('login')).toEqual(['user-0']);
});

test('openntpd sets the clock by the server of its ntpd.conf, and stays', () => {
  expect(Math.abs(Number(said('ahead')[0]) - AHEAD)).toBeLessThan(60);
  expect(said('openntpd')).toEqual(['running']);
});

test('rngd stays, reads the generator, and ends when it is told to', () => {
  expect(said('rngd')).toEqual(['reads /dev/hwrng', 'running', 'ended by TERM']);
});

describe('runtime.json of a service', () => {
  test('namespace: containerd has it there, and nowhere else', () => {
    const [own, other] = said('namespace');
    expect(own).toMatch(/^connected +\d+ +RUNNING$/);
    expect(other).toBe('and no other');
  });

  testConnections(said);
});

test('the system ends cleanly', () => {
  expect(text).toContain('reboot: Power down');
});
