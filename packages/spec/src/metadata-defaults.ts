import type { Container } from './linuxkit-yml.js';

type Format = 'yaml' | 'json';

/** Keys of structures that LinuxKit writes even where the YAML has none of them; its reader takes these. */
const MOUNT = {
  yaml: { destination: '', type: '', source: '', options: [], uidmappings: [], gidmappings: [] },
  json: { destination: '' },
};
const DEVICE = { path: '', type: '', major: 0, minor: 0 };
const INTERFACE = { createInRoot: false };
const RUNTIME = { yaml: {}, json: { bindNS: {} } };

/** A container as LinuxKit's dump of the configuration has it. */
export function withDefaults(container: Container, format: Format) {
  const { mounts, devices, runtime } = container;
  const mount = (given: object) => ({ ...MOUNT[format], ...given });
  return {
    ...container,
    mounts: mounts?.map(mount),
    devices: devices?.map((given) => ({ ...DEVICE, ...given })),
    runtime: runtime && {
      ...RUNTIME[format],
      ...runtime,
      mounts: runtime.mounts?.map(mount),
      interfaces: runtime.interfaces?.map((given) => ({ ...INTERFACE, ...given })),
    },
  };
}
