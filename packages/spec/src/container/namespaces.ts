import type { Container } from '../linuxkit-yml.js';
import { omitEmpty } from '../go-json.js';

/**
 * For each namespace: its key in the YAML, its type in the OCI runtime specification, the meaning of an absent key,
 * and the values that ask for a new namespace.
 */
const NAMESPACES = [
  { key: 'net', type: 'network', absent: 'host', fresh: ['new', 'none'] },
  { key: 'ipc', type: 'ipc', absent: 'host', fresh: ['new'] },
  { key: 'uts', type: 'uts', absent: 'host', fresh: ['new'] },
  { key: 'pid', type: 'pid', absent: 'new', fresh: ['new'] },
  { key: 'userns', type: 'user', absent: 'host', fresh: ['new'] },
] as const;

type NamespaceKeys = Pick<Container, (typeof NAMESPACES)[number]['key']>;

/** Lists the namespaces that the container does not share with the host, in LinuxKit's order. */
export function namespaces(label: NamespaceKeys, yaml: NamespaceKeys) {
  const own = NAMESPACES.flatMap(({ key, type, absent, fresh }) => {
    const value = yaml[key] || label[key] || absent;
    if (value === 'host' || value === 'root') return [];
    return [{ type, path: (fresh as readonly string[]).includes(value) ? undefined : omitEmpty(value) }];
  });
  return [...own, { type: 'mount' }];
}
