import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';

/** What init adds to LinuxKit's for services, by annotation: restart, order and health. */
const root = mkdtempSync(join(tmpdir(), 'base-set-services-'));
const of = (name: string) => image(root, name);

/** A service in the image that has a shell; annotations by their last word. */
const shell = (name: string, command: string[], policy: Record<string, string> = {}, more: object = {}) => ({
  name,
  image: of('getty'),
  command,
  binds: ['/etc/probe:/etc/probe', '/run/probe:/run/probe'],
  annotations: Object.fromEntries(Object.entries(policy).map(([key, text]) => [`nx-linuxkit.${key}`, text])),
  ...more,
});
const count = (name: string, status: number, policy: Record<string, string> = {}) =>
  shell(name, ['sh', '/etc/probe/count.sh', name, String(status)], policy);
const stay = (name: string, policy: Record<string, string> = {}, more: object = {}) =>
  shell(name, ['sh', '/etc/probe/stay.sh', name], policy, more);

const SERVICES = [
  stay('after-early', { after: 'early' }),
  shell('early', ['sh', '/etc/probe/stay.sh', 'early', '5'], { health: 'test -e /run/probe/early.ready' }),
  count('failing', 1, { restart: 'on-failure' }),
  count('finished', 0, { restart: 'on-failure' }),
  stay('hung', { restart: 'always', health: 'sleep 1001', 'health-interval': '2', 'health-timeout': '3' }),
  count('plain', 1),
  { name: 'report', image: of('getty'), command: onHost('report-services.sh') },
  stay('stopped', { restart: 'always' }),
];

const YAML = {
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0 quiet' },
  init: [of('init'), of('runc'), of('containerd')],
  onboot: [{ name: 'mkdir', image: of('mkdir'), command: ['mkdir', '-p', '/run/probe'] }],
  services: SERVICES,
  files: [...GUEST_FILES],
};

let text: string;
const said = (name: string) => saidOf(text, name);

beforeAll(async () => {
  const medium = await buildSystem(root, 'os', YAML);
  ({ console: text } = await bootTest({ medium, network: 'none', powerOff: true, timeout: 900, ...watched }));
}, 1_200_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

test('off by default: a service that ends is not started again', () => {
  expect(said('runs plain')).toEqual(['1']);
});

test('restart: on-failure starts again what failed, and not what finished', () => {
  expect(Number(said('runs failing')[0])).toBeGreaterThanOrEqual(2);
  expect(said('runs finished')).toEqual(['1']);
});

test('after: a service starts when the one before it is healthy', () => {
  expect(Number(said('after-early')[0])).toBeGreaterThan(Number(said('early')[0]));
});

test('health: a command that hangs is one that fails, and does not stay behind', () => {
  expect(Number(said('runs hung')[0])).toBeGreaterThanOrEqual(2);
  expect(Number(said('hanging')[0])).toBeLessThanOrEqual(1);
});

test('service stop is the end of a service that is always restarted; service start watches over it again', () => {
  expect(said('stopped')).toEqual(['running before', 'not running after', 'running again', 'runs 3']);
});

test('the system ends cleanly', () => {
  expect(text).toContain('reboot: Power down');
});
