import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootTest } from '@nx-linuxkit/machine';
import { CONNECTED, policyServices, probes, testConnections, testPolicies } from './base-set/services.js';
import { buildSystem, GUEST_FILES, image, onHost, saidOf, watched } from './base-set/system.js';
import { sampleOf } from './sample.js';

/** Boots systems without containerd: runc or crun runs their services, with all that containerd's services have. */
const root = mkdtempSync(join(tmpdir(), 'base-set-runc-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const of = (name: string) => image(root, name);
const services = probes(of('getty'));

const yaml = (runtime: string) => ({
  kernel: { image: of('kernel'), cmdline: 'console=ttyS0 quiet' },
  init: [of('init'), of(runtime)],
  onboot: [{ name: 'mkdir', image: of('mkdir'), command: ['mkdir', '-p', '/run/probe'] }],
  services: [
    ...policyServices(services),
    services.stay('connected', {}, CONNECTED),
    services.shell(
      'talking',
      ['sh', '/etc/probe/talking.sh'],
      {},
      {
        binds: ['/etc/probe:/etc/probe', '/dev/console:/dev/console'],
      },
    ),
    { name: 'report', image: of('getty'), command: onHost('report-kept.sh') },
  ],
  files: GUEST_FILES,
});

const RUNTIMES = [
  ['runc', /^runc version 1\./],
  ['crun', /^crun version 1\./],
] as const;

describe.each(sampleOf(RUNTIMES, ([name]) => name === 'runc'))('services under %s', (runtime, version) => {
  let text: string;
  const said = (name: string) => saidOf(text, name);
  beforeAll(async () => {
    const medium = await buildSystem(root, runtime, yaml(runtime));
    ({ console: text } = await bootTest({
      medium,
      network: 'none',
      powerOff: true,
      timeout: 480,
      ...watched,
    }));
  }, 1_200_000);

  testPolicies(said);
  testConnections(said);

  test('the runtime is the one that the YAML names', () => {
    expect(said('runtime')[0]).toMatch(version);
  });

  test('service list says which run, and the status of those that ended', () => {
    expect(said('list')).toEqual(['early RUNNING plain STOPPED (1)']);
  });

  test('both outputs are in the log, after a restart too', () => {
    expect(said('log')).toEqual(['out error']);
    expect(said('again')).toEqual(['running']);
  });

  test('a name that no service has is an error, and ctr says what to use', () => {
    expect(said('nothing')).toEqual(['fails with 1']);
    expect(said('absent')).toEqual(['ctr: this system has no containerd; `service list` shows its services']);
  });

  test('the system ends its services, and ends cleanly', () => {
    // Once by `service restart`, and once at the end.
    expect(said('talking')).toEqual(['ended by TERM', 'ended by TERM']);
    expect(text).toContain('reboot: Power down');
  });
});
