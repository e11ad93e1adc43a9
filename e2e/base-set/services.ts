/** Services that tell what happens to them, and the rules that they must follow, whatever runs them. */

/** Makes services in an image that has a shell. The last word of an annotation's name is its key. */
export interface Probes {
  /** A service with a command. */
  shell(name: string, command: string[], policy?: Record<string, string>, more?: object): object;
  /** A service that notes that it ran, and ends with a status. */
  count(name: string, status: number, policy?: Record<string, string>): object;
  /** A service that stays. */
  stay(name: string, policy?: Record<string, string>, more?: object): object;
}

export function probes(image: string): Probes {
  const shell: Probes['shell'] = (name, command, policy = {}, more = {}) => ({
    name,
    image,
    command,
    binds: ['/etc/probe:/etc/probe', '/run/probe:/run/probe'],
    annotations: Object.fromEntries(
      Object.entries(policy).map(([key, text]) => [`nx-linuxkit.${key}`, text]),
    ),
    ...more,
  });
  return {
    shell,
    count: (name, status, policy) => shell(name, ['sh', '/etc/probe/count.sh', name, String(status)], policy),
    stay: (name, policy, more) => shell(name, ['sh', '/etc/probe/stay.sh', name], policy, more),
  };
}

/** What `testPolicies` looks at, by the script report-policies.sh. */
export const policyServices = ({ count, shell, stay }: Probes): object[] => [
  stay('after-early', { after: 'early' }),
  shell('early', ['sh', '/etc/probe/stay.sh', 'early', '5'], { health: 'test -e /run/probe/early.ready' }),
  count('failing', 1, { restart: 'on-failure' }),
  count('finished', 0, { restart: 'on-failure' }),
  stay('hung', { restart: 'always', health: 'sleep 1001', 'health-interval': '2', 'health-timeout': '3' }),
  count('plain', 1),
  stay('stopped', { restart: 'always' }),
];

/** Keys of a service that is connected from the host. */
export const CONNECTED = {
  net: 'new',
  cgroupsPath: '/probe/service/it',
  resources: { pids: { limit: 50 } },
  runtime: {
    cgroups: ['probe/service'],
    mkdir: ['/run/probe/made'],
    mounts: [{ destination: '/run/probe/mounted', type: 'tmpfs', source: 'probe', options: ['size=1m'] }],
    interfaces: [
      { name: 'fresh', add: 'dummy' },
      { name: 'inner', add: 'veth', peer: 'outer' },
    ],
    bindNS: { net: '/run/netns/connected' },
  },
};

/** What a guest said under a name. */
type Said = (name: string) => string[];

export function testPolicies(said: Said): void {
  test('a service that ends is not started again by default', () => {
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
}

/** What report-connections.sh tells of the service `connected`. */
export function testConnections(said: Said): void {
  test('interfaces: made inside, and a pair', () => {
    expect(said('inside').sort()).toEqual(['fresh', 'inner', 'lo']);
    expect(said('outside')).toContain('outer');
    expect(said('outside')).not.toContain('inner');
  });

  test('bindNS: the path is its network', () => {
    expect(said('bound')).toEqual(['to its network']);
  });

  test('mkdir, mounts and cgroups', () => {
    expect(said('directory')).toEqual(['directory 755']);
    expect(said('mount')[0]).toMatch(/^probe \/run\/probe\/mounted tmpfs /);
    expect(said('cgroup')).toEqual(['0::/probe/service/it 50']);
  });
}
