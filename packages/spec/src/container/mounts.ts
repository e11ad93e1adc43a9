import { SpecError } from '../error.js';
import { compareBytes, omitEmpty } from '../go-json.js';
import type { IdMapping, Mount } from '../linuxkit-yml.js';

/** A mount whose destination, type and source are known. */
interface ResolvedMount extends Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
}

/** Default destinations by type. A mount without a type takes its source as the type if it is one of these. */
const USUAL_PLACE = new Map([
  ['proc', '/proc'],
  ['devpts', '/dev/pts'],
  ['sysfs', '/sys'],
  ['cgroup', '/sys/fs/cgroup'],
  ['mqueue', '/dev/mqueue'],
]);

/** The mounts that every container has: Docker's defaults without /dev/shm and /dev/mqueue. */
export function defaultMounts(readonly: boolean): ResolvedMount[] {
  const ro = readonly ? ['ro'] : [];
  return [
    mount('/proc', 'proc', ['nosuid', 'nodev', 'noexec', 'relatime']),
    mount('/dev', 'tmpfs', ['nosuid', 'strictatime', 'mode=755', 'size=65536k', ...ro]),
    mount('/dev/pts', 'devpts', ['nosuid', 'noexec', 'newinstance', 'ptmxmode=0666', 'mode=0620']),
    mount('/sys', 'sysfs', ['nosuid', 'noexec', 'nodev', ...ro]),
    mount('/sys/fs/cgroup', 'cgroup', ['nosuid', 'noexec', 'nodev', 'relatime', 'ro']),
  ];
}

function mount(destination: string, type: string, options: string[]): ResolvedMount {
  return { destination, type, source: type, options };
}

/** Parses `destination[:option,option]`. */
export function parseTmpfs(text: string): ResolvedMount {
  const [destination, options, ...rest] = text.split(':');
  if (rest.length > 0) throw new SpecError('bad-value', `expected destination[:options], got "${text}"`);
  return { destination, type: 'tmpfs', source: 'tmpfs', options: options?.split(',') };
}

/** Parses `source:destination[:option,option]`. */
export function parseBind(text: string): ResolvedMount {
  const [source, destination, options, ...rest] = text.split(':');
  if (destination === undefined || rest.length > 0) {
    throw new SpecError('bad-value', `expected source:destination[:options], got "${text}"`);
  }
  // LinuxKit appends rbind even if the options already contain it.
  const given = options === undefined ? ['rw', 'rbind', 'rshared'] : [...options.split(','), 'rbind'];
  return { destination, type: 'bind', source, options: given };
}

/** Infers the type, destination and source that a mount in full form leaves out. */
export function resolveMount(given: Mount): ResolvedMount {
  const type = given.type || inferType(given);
  const destination = given.destination || USUAL_PLACE.get(type);
  if (destination === undefined) {
    throw new SpecError('bad-value', `a mount of type "${type}" needs a destination`, {
      hint: 'Add destination.',
    });
  }
  return { ...given, destination, type, source: given.source || type };
}

function inferType({ source = '', destination = '' }: Mount): string {
  if (USUAL_PLACE.has(source)) return source;
  if (destination === '/dev') return 'tmpfs';
  throw new SpecError('bad-value', `the mount of "${source}" on "${destination}" needs a type`, {
    hint: 'Add type, such as bind or tmpfs.',
  });
}

/** Keeps the last mount of each destination, and sorts by destination, so that /dev comes before /dev/pts. */
export function mountList(mounts: readonly ResolvedMount[]) {
  const byDestination = new Map(mounts.map((item) => [item.destination, item]));
  return [...byDestination.values()].sort((a, b) => compareBytes(a.destination, b.destination)).map(ociMount);
}

/** Orders the fields of a mount as the OCI runtime specification does. */
export function ociMount({ destination = '', type, source, options, uidmappings, gidmappings }: Mount) {
  return {
    destination,
    type: omitEmpty(type),
    source: omitEmpty(source),
    options: omitEmpty(options),
    uidMappings: idMappings(uidmappings),
    gidMappings: idMappings(gidmappings),
  };
}

export function idMappings(mappings: readonly IdMapping[] | undefined) {
  return omitEmpty(
    mappings?.map(({ containerID = 0, hostID = 0, size = 0 }) => ({ containerID, hostID, size })),
  );
}
