import { containerConfigs, idMap, readOs, type OciImageConfig } from './index.js';

/** Makes the bundle of a single service. `yaml` has its keys besides name and image, `rest` further sections. */
function bundle(yaml: string, image: OciImageConfig = {}, rest = '') {
  const indented = yaml.replaceAll('\n', '\n    ');
  const os = readOs('x.yml', () => `services:\n  - name: app\n    image: app:1\n    ${indented}\n${rest}`);
  const options = { ids: idMap(os), volumes: os.volumes, section: 'services', index: 0 } as const;
  const made = containerConfigs(os.services[0], image, options);
  return { ...made, oci: JSON.parse(made.config), runtimeJson: JSON.parse(made.runtime) };
}

const labelled = (config: object): OciImageConfig => ({
  Labels: { 'org.mobyproject.config': JSON.stringify(config) },
});

it('writes config.json byte for byte as LinuxKit does', () => {
  const yaml = [
    'command: [sh, -c, "a<b>&c"]',
    'rlimits: ["nofile, 100 ,unlimited"]',
    'oomScoreAdj: 0',
    'net: new',
    'annotations: {b: "1", "10": x, "9": y}',
    'capabilities: [CAP_NET_ADMIN, CAP_CHOWN]',
    'devices: [{path: /dev/console, type: c, major: 5, minor: 1, mode: "0666"}]',
    'readonly: true',
  ].join('\n');
  expect(bundle(yaml).config).toMatchSnapshot();
});

it('writes runtime.json with every key, and the mounts of the root file system in front', () => {
  expect(bundle('runtime: {mkdir: [a], mounts: [{type: tmpfs, destination: b}]}').runtime).toMatchSnapshot();
});

describe('the root file system', () => {
  const overlay = (made: ReturnType<typeof bundle>) => made.runtimeJson.mounts;

  it('is an overlay over lower/', () => {
    const made = bundle('readonly: false');
    expect(made).toMatchObject({
      path: 'containers/services/app',
      root: 'containers/services/app/lower',
      readonly: false,
    });
    expect(overlay(made)).toEqual([
      { destination: '/containers/services/app/tmp', type: 'tmpfs', source: 'tmpfs' },
      { destination: '/containers/services/app/tmp', options: ['remount', 'private'] },
      {
        destination: '/containers/services/app/rootfs',
        type: 'overlay',
        source: 'overlay',
        options: [
          'lowerdir=/containers/services/app/lower',
          'upperdir=/containers/services/app/tmp/upper',
          'workdir=/containers/services/app/tmp/work',
        ],
      },
    ]);
  });

  it('is bound to itself if the label makes it read-only', () => {
    const made = bundle('net: host', labelled({ readonly: true }));
    expect(made).toMatchObject({ root: 'containers/services/app/rootfs', readonly: true });
    expect(overlay(made)).toEqual([
      {
        destination: '/containers/services/app/rootfs',
        source: '/containers/services/app/rootfs',
        options: ['bind'],
      },
    ]);
  });

  it.each([true, false])(
    'is shared with an earlier container of the same image (readonly: %s)',
    (readonly) => {
      const os = readOs('x.yml', () => `onboot:\n - {name: b, image: x, readonly: ${readonly}}`);
      const rootfsAt = 'containers/onboot/000-a/lower';
      const { root, runtime, path } = containerConfigs(
        os.onboot[0],
        {},
        { ids: idMap(os), volumes: [], section: 'onboot', index: 12, rootfsAt },
      );
      expect(path).toBe('containers/onboot/012-b');
      expect(root).toBe(rootfsAt);
      expect(runtime).toContain(readonly ? `"source": "/${rootfsAt}"` : `"lowerdir=/${rootfsAt}"`);
    },
  );
});

describe('conformance vectors', () => {
  const namespaces = (yaml: string) => bundle(yaml).oci.linux.namespaces;
  const capabilities = (yaml: string, image?: OciImageConfig) => bundle(yaml, image).oci.process.capabilities;
  const mount = (yaml: string, destination: string) =>
    bundle(yaml).oci.mounts.find((item: { destination: string }) => item.destination === destination);

  it.each([
    ['net: none', [{ type: 'network' }, { type: 'pid' }, { type: 'mount' }]],
    ['net: new', [{ type: 'network' }, { type: 'pid' }, { type: 'mount' }]],
    ['net: host\npid: host', [{ type: 'mount' }]],
    ['pid: root', [{ type: 'mount' }]],
    ['pid: none', [{ type: 'pid', path: 'none' }, { type: 'mount' }]],
    ['ipc: none', [{ type: 'ipc', path: 'none' }, { type: 'pid' }, { type: 'mount' }]],
    ['uts: /run/uts', [{ type: 'uts', path: '/run/uts' }, { type: 'pid' }, { type: 'mount' }]],
    ['userns: new', [{ type: 'pid' }, { type: 'user' }, { type: 'mount' }]],
    ['net: ""', [{ type: 'pid' }, { type: 'mount' }]],
  ])('namespaces of %j', (yaml, expected) => expect(namespaces(yaml)).toEqual(expected));

  it.each([
    ['capabilities: [ALL]', 41, 41, 0],
    ['capabilities: [None]', 0, 0, 0],
    ['ambient: [all]', 41, 0, 41],
    ['capabilities: [CAP_CHOWN]\nambient: [CAP_KILL]', 2, 1, 1],
  ])('sets of %j', (yaml, bounding, effective, ambient) => {
    const sets = capabilities(yaml);
    const sizes = ['bounding', 'inheritable', 'permitted', 'effective', 'ambient'].map(
      (key) => sets[key]?.length ?? 0,
    );
    expect(sizes).toEqual([bounding, bounding, bounding, effective, ambient]);
  });

  it('adds no capability twice', () => {
    const sets = capabilities(
      'capabilities.add: [CAP_NET_BIND_SERVICE, CAP_CHOWN]',
      labelled({ capabilities: ['CAP_CHOWN'] }),
    );
    expect(sets.effective).toEqual(['CAP_CHOWN', 'CAP_NET_BIND_SERVICE']);
    expect(sets.bounding).toEqual(['CAP_CHOWN', 'CAP_NET_BIND_SERVICE']);
  });

  it('expands `all` of a label only if it is alone', () => {
    const all = labelled({ capabilities: ['all'] });
    expect(capabilities('capabilities.add: []', all).effective).toHaveLength(41);
    expect(() => capabilities('capabilities.add: [CAP_CHOWN]', all)).toThrow('unknown capability "all"');
  });

  it.each([
    ['binds: ["/a:/x"]', ['rw', 'rbind', 'rshared']],
    ['binds: ["/a:/x:rshared,rbind"]', ['rshared', 'rbind', 'rbind']],
    ['tmpfs: ["/x"]', undefined],
    ['tmpfs: ["/x:a,b"]', ['a', 'b']],
  ])('options of %j', (yaml, options) => expect(mount(yaml, '/x').options).toEqual(options));

  it.each([
    ['mounts: [{source: mqueue}]', '/dev/mqueue', { type: 'mqueue', source: 'mqueue' }],
    [
      'mounts: [{destination: /dev, options: [a]}]',
      '/dev',
      { type: 'tmpfs', source: 'tmpfs', options: ['a'] },
    ],
    ['mounts: [{destination: rel, type: tmpfs}]', 'rel', { type: 'tmpfs', source: 'tmpfs' }],
    [
      'tmpfs: [/y]\nbinds: ["/a:/y"]',
      '/y',
      { type: 'bind', source: '/a', options: ['rw', 'rbind', 'rshared'] },
    ],
    [
      'mounts: [{type: bind, source: /a, destination: /b, uidmappings: [{hostid: 1, containerID: 2, size: 3}]}]',
      '/b',
      { type: 'bind', source: '/a', uidMappings: [{ containerID: 2, hostID: 1, size: 3 }] },
    ],
  ])('mount of %j', (yaml, destination, expected) => {
    expect(mount(yaml, destination)).toEqual({ destination, ...expected });
  });

  it('keeps all 64 bits of a limit', () => {
    expect(bundle('rlimits: ["nofile, 100 ,unlimited"]').config).toContain('"hard": 18446744073709551615,');
  });
});

describe('resources', () => {
  const resources = (yaml: string) => bundle(`resources: ${yaml}`).oci.linux.resources;

  it.each([
    [
      '{memory: {kernelTCP: 1, disableOOMKiller: false, limit: 0}}',
      { memory: { limit: 0, kernelTCP: 1, disableOOMKiller: false } },
    ],
    [
      '{memory: {kerneltcp: 1, disableoomkiller: true}}',
      { memory: { kernelTCP: 1, disableOOMKiller: true } },
    ],
    [
      '{memory: {}, cpu: {}, pids: {}, network: {}}',
      { memory: {}, cpu: {}, pids: { limit: 0 }, network: {} },
    ],
    [
      '{cpu: {realtimeRuntime: 1, realtimeperiod: 2, mems: "0"}}',
      { cpu: { realtimeRuntime: 1, realtimePeriod: 2, mems: '0' } },
    ],
    ['{blockio: {weight: 5, leafWeight: 6}}', { blockIO: { weight: 5, leafWeight: 6 } }],
    [
      '{blockIO: {leafweight: 6, weightdevice: [{major: 8, weight: 1}]}}',
      { blockIO: { leafWeight: 6, weightDevice: [{ major: 8, minor: 0, weight: 1 }] } },
    ],
    [
      '{blockio: {throttleReadBpsDevice: [{major: 8, minor: 1, rate: 7}]}}',
      { blockIO: { throttleReadBpsDevice: [{ major: 8, minor: 1, rate: 7 }] } },
    ],
    [
      '{blockio: {throttlewriteiopsdevice: [{rate: 7}]}}',
      { blockIO: { throttleWriteIOPSDevice: [{ major: 0, minor: 0, rate: 7 }] } },
    ],
    [
      '{hugepageLimits: [{pageSize: 2097152, limit: 4}, {pagesize: 64KB}]}',
      {
        hugepageLimits: [
          { pageSize: '2MB', limit: 4 },
          { pageSize: '64KB', limit: 0 },
        ],
      },
    ],
    [
      '{network: {classID: 1, priorities: [{name: eth0, priority: 2}]}}',
      { network: { classID: 1, priorities: [{ name: 'eth0', priority: 2 }] } },
    ],
    [
      '{devices: [{access: r, type: c, major: 0}]}',
      { devices: [{ allow: false, type: 'c', major: 0, access: 'r' }] },
    ],
  ])('%s', (yaml, expected) => expect(resources(yaml)).toEqual(expected));

  it('keeps all 64 bits of a number', () => {
    const { config } = bundle('resources: {cpu: {shares: 18446744073709551615}}');
    expect(config).toContain('"shares": 18446744073709551615\n');
  });

  it('puts the rules for device nodes after its own rules', () => {
    const { oci } = bundle(
      'resources: {devices: [{allow: false, access: rwm}]}\ndevices: [{path: all, type: b, major: 3}]',
    );
    expect(oci.linux.resources.devices).toEqual([
      { allow: false, access: 'rwm' },
      { allow: true, type: 'b', access: 'rwm' },
    ]);
    expect(oci.linux.devices).toBeUndefined();
  });
});

it('accepts ids that are written as 1.0', () => {
  expect(bundle('uid: 1.0\ngid: 2e0\nadditionalGids: [3.0]').oci.process.user).toEqual({
    uid: 1,
    gid: 2,
    additionalGids: [3],
  });
});

it.each([
  'uidMappings: [{hostID: 7, containerID: 8, size: 9}]',
  'uidMappings: [{hostid: 7, containerid: 8, size: 9}]',
])('maps ids by %s', (yaml) =>
  expect(bundle(yaml).oci.linux.uidMappings).toEqual([{ containerID: 8, hostID: 7, size: 9 }]),
);

describe('volumes', () => {
  const rest = 'volumes:\n  - name: data\n  - {name: fixed, readonly: true}';
  const sources = (yaml: string, image?: OciImageConfig) =>
    bundle(yaml, image, rest).oci.mounts.map(({ source }: { source: string }) => source);

  it.each([
    'binds: ["data:/m"]',
    'binds.add: ["data:/m"]',
    'mounts: [{type: bind, source: data, destination: /m}]',
    'mounts: [{type: bind, source: data, destination: /m, options: [rw, ro]}]',
  ])('is replaced by its path at run time in %s', (yaml) =>
    expect(sources(yaml)).toContain('/containers/volumes/data/merged'),
  );

  it('is not replaced in a label', () => {
    expect(sources('net: host', labelled({ binds: ['data:/m'] }))).toContain('data');
  });
});

describe('labels', () => {
  it.each([
    ['not YAML', '{', 'label of the image app:1, org.mobyproject.config:1:2: not YAML'],
    ['a list', '[]', 'expected a mapping'],
    ['an unknown key', '{"net": "host", "envv": []}', 'unknown key "envv"'],
    ['a name', '{"name": "x"}', 'name'],
    ['an image', '{"image": "x"}', 'image'],
    ['the wrong type', '{"env": "A=1"}', 'env: expected a list'],
  ])('refuses %s', (_, text, message) => {
    const image = { Labels: { 'org.mobyproject.config': text } };
    expect(() => bundle('net: host', image)).toThrow(message);
  });

  it('is reported at the place where the YAML names the image', () => {
    const os = readOs('x.yml', () => 'services:\n  - name: app\n    image: app:1\n');
    const where = os.where(['services', 0, 'image']);
    const options = { ids: idMap(os), volumes: [], section: 'services', index: 0, where } as const;
    const image = { Labels: { 'org.mobyproject.config': '{"binds": ["x"]}' } };
    expect(where).toEqual({ file: 'x.yml', line: 3, column: 12 });
    expect(() => containerConfigs(os.services[0], image, options)).toThrow(
      expect.objectContaining({ code: 'bad-label', where }),
    );
  });

  it('may be YAML, with an empty name', () => {
    const image = { Labels: { 'org.mobyproject.config': 'name: ""\nenv:\n- A=1\n' } };
    expect(bundle('net: host', image).oci.process.env).toEqual(['A=1']);
  });

  it('is overridden by an empty list or map in the YAML', () => {
    const label = labelled({ env: ['A=1'], sysctl: { a: '1' }, binds: ['/a:/b'] });
    const { oci } = bundle('env: []\nsysctl: {}\nbinds: []', { ...label, Env: ['B=1'] });
    expect(oci.process.env).toBeUndefined();
    expect(oci.linux.sysctl).toBeUndefined();
    expect(oci.mounts).toHaveLength(5);
  });

  it('loses to a bind that the YAML adds, even if the label has the same bind too', () => {
    const { oci } = bundle('binds.add: ["/a:/m:ro"]', labelled({ binds: ['/a:/m:ro', '/b:/m'] }));
    const mount = oci.mounts.find(({ destination }: { destination: string }) => destination === '/m');
    expect(mount).toMatchObject({ source: '/a', options: ['ro', 'rbind'] });
  });

  it('has no effect by its own additions (binds.add, capabilities.add)', () => {
    const label = labelled({ 'binds.add': ['/a:/b'], 'capabilities.add': ['CAP_CHOWN'] });
    const { oci } = bundle('net: host', label);
    expect(oci.mounts).toHaveLength(5);
    expect(oci.process.capabilities).toEqual({});
  });

  it('is merged with the runtime section key by key', () => {
    const label = labelled({ runtime: { mkdir: ['a'], bindNS: { net: '/l', pid: '/l' }, namespace: 'l' } });
    const { runtimeJson } = bundle('runtime: {bindNS: {net: /y}, namespace: "", cgroups: [c]}', label);
    expect(runtimeJson).toMatchObject({
      mkdir: ['a'],
      cgroups: ['c'],
      namespace: '',
      bindNS: { net: '/y', pid: '/l' },
    });
  });
});
