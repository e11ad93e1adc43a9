import { parseDocument, parseImageConfig } from '@nx-linuxkit/oci';
import { containerConfigs } from '@nx-linuxkit/spec';
import { randomImage } from '@nx-linuxkit/testing';
import { mutateJson } from '../mutate-json.js';
import type { Target } from '../target.js';

const image = () => randomImage(1, { layers: [{ files: 1 }, { files: 1 }] });

/** The manifest of an image, or an index. */
export const manifest: Target = {
  name: 'manifest',
  sample: 20_000,
  faults: {
    OciError: [
      'invalid-json',
      'invalid-digest',
      'invalid-platform',
      'media-type',
      'foreign-layer',
      'too-large',
    ],
  },
  async seeds() {
    const { manifest: one } = await image();
    const entry = { ...one.descriptor, platform: { os: 'linux', architecture: 'arm', variant: 'v7' } };
    const index = { schemaVersion: 2, manifests: [entry, { ...entry, annotations: { a: 'b' } }] };
    return [one.bytes, Buffer.from(JSON.stringify(index))];
  },
  mutate: mutateJson,
  read: (input) => void parseDocument(input),
};

const CONFIG = {
  architecture: 'amd64',
  os: 'linux',
  config: {
    User: 'root',
    Entrypoint: ['/bin/sh', '-c'],
    Cmd: ['true'],
    Env: ['PATH=/bin'],
    WorkingDir: '/srv',
    Labels: {
      'org.mobyproject.config': JSON.stringify({
        binds: ['/etc/x:/etc/x:ro', '/run:/run:rshared,rbind'],
        tmpfs: ['/tmp:size=1m,mode=1777'],
        capabilities: ['CAP_NET_ADMIN'],
        runtime: { mkdir: ['/var/lib/x'], interfaces: [{ name: 'eth0', add: 'veth' }], cgroups: ['x'] },
        rlimits: ['nofile,1,2'],
        devices: [{ path: '/dev/x', type: 'c', major: 1, minor: 2, mode: '0600' }],
        uid: 5,
        net: 'host',
        mounts: [{ type: 'bind', source: '/x', destination: '/y', options: ['ro'] }],
        resources: { memory: { limit: 5 }, cpu: { shares: 2 } },
        uidMappings: [{ containerID: 0, hostID: 1, size: 2 }],
        sysctl: { 'net.ipv4.ip_forward': '1' },
      }),
    },
  },
  rootfs: { type: 'layers', diff_ids: [`sha256:${'a'.repeat(64)}`] },
};

/** The config of an image, with its label, up to the config.json of a container. */
export const config: Target = {
  name: 'config',
  sample: 6_000,
  faults: {
    OciError: ['invalid-json', 'invalid-digest', 'invalid-platform', 'too-large'],
    SpecError: ['bad-label', 'bad-image-config'],
  },
  seeds: async () => [
    Buffer.from(JSON.stringify(CONFIG)),
    Buffer.from(JSON.stringify({ ...CONFIG, config: { ...CONFIG.config, Labels: null } })),
  ],
  // The label is a document within a text, so half of the inputs are damaged in there.
  mutate(next, input, other) {
    if (next(2) === 0) return mutateJson(next, input, other);
    const label = JSON.stringify({
      'org.mobyproject.config': mutateJson(next, Buffer.from(LABEL), Buffer.from(LABEL)).toString(),
    });
    return Buffer.from(
      JSON.stringify({ ...CONFIG, config: { ...CONFIG.config, Labels: JSON.parse(label) } }),
    );
  },
  read(input) {
    const { document } = parseImageConfig(input);
    const bundle = containerConfigs({ name: 'app', image: 'app' }, document.config, {
      ids: new Map(),
      volumes: [],
      section: 'services',
      index: 0,
    });
    checkRuntimeConfig(JSON.parse(bundle.config) as RuntimeConfig);
  },
};

const LABEL = CONFIG.config.Labels['org.mobyproject.config'];

interface RuntimeConfig {
  readonly process: { readonly args?: unknown; readonly env?: unknown; readonly cwd?: unknown };
}

/** What an image brings may only reach config.json in the types that runc reads. */
function checkRuntimeConfig({ process: { args = [], env = [], cwd } }: RuntimeConfig): void {
  for (const list of [args, env]) {
    if (!Array.isArray(list) || list.some((text) => typeof text !== 'string' || text.includes('\0')))
      throw new Error(`config.json has ${JSON.stringify(list)} as a list of texts`);
  }
  if (typeof cwd !== 'string' || !cwd.startsWith('/') || cwd.includes('\0'))
    throw new Error(`config.json has the working directory ${JSON.stringify(cwd)}`);
}
