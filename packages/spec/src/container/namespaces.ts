import { nearest } from '@nx-linuxkit/errors';
import { SpecError } from '../error.js';
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

/** The keys whose value is a namespace. */
export const NAMESPACE_KEYS = NAMESPACES.map(({ key }) => key);

/** Every word that some namespace knows. LinuxKit lets each of them through at each key. */
const WORDS = ['host', 'root', 'new', 'none'];

/** Refuses a value that is no such word and no path: runc would look for a file of that name. */
export function checkNamespace(value: string | undefined): void {
  if (!value || value.includes('/') || WORDS.includes(value)) return;
  const meant = nearest(value, WORDS);
  throw new SpecError('bad-value', `expected ${WORDS.join(', ')} or a path, got "${value}"`, {
    hint: meant ? `Did you mean ${meant}?` : 'A path begins with /, as in /run/netns/one.',
  });
}

/** Lists the namespaces that the container does not share with the host, in LinuxKit's order. */
export function namespaces(label: NamespaceKeys, yaml: NamespaceKeys) {
  const own = NAMESPACES.flatMap(({ key, type, absent, fresh }) => {
    const value = yaml[key] || label[key] || absent;
    if (value === 'host' || value === 'root') return [];
    return [{ type, path: (fresh as readonly string[]).includes(value) ? undefined : omitEmpty(value) }];
  });
  return [...own, { type: 'mount' }];
}
