import type { Container } from './linuxkit-yml.js';

type Format = 'yaml' | 'json';

/** Keys that LinuxKit writes even if the YAML has none of them. LinuxKit can read them again. */
const MOUNT = {
  yaml: { destination: '', type: '', source: '', options: [], uidmappings: [], gidmappings: [] },
  json: { destination: '' },
};
const DEVICE = { path: '', type: '', major: 0, minor: 0 };
const INTERFACE = { createInRoot: false };
const RUNTIME = { yaml: {}, json: { bindNS: {} } };

/** Adds the keys that LinuxKit's own metadata has for every container. */
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
