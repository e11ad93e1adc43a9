import { posix } from 'node:path';
import type { Container, Label, Mount } from '@nx-linuxkit/spec';

/**
 * Folders of the system itself: a container that can write there decides what the machine runs. LinuxKit's images
 * commonly bind /dev, /run, /var, /sys and single files, so these are not among them.
 */
const SYSTEM = ['/bin', '/boot', '/containers', '/etc', '/lib', '/lib64', '/proc', '/root', '/sbin', '/usr'];
/** Folders whose parts count too: the socket of containerd starts any container. */
const WITH_PARTS = [
  ...['/run/containerd', '/var/run/containerd', '/etc/init.d'],
  ...['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/lib'],
];

/** A host folder that a container sees. */
interface Bind {
  readonly source: string;
  readonly destination: string;
  readonly readonly: boolean;
}

/**
 * What an image's label asks for that gives its container control over the machine, in words: all capabilities, all
 * devices, the root of the machine, or writing to folders of the system. A key of the YAML's entry replaces that of
 * the label, and what a user writes there is the user's decision. LinuxKit's own images commonly ask for single
 * capabilities, for block devices and for the host's namespaces, so these do not count.
 */
export function privilegesOf(container: Container, label: Label): string[] {
  const asked = Object.fromEntries(
    Object.entries(label).filter(([key]) => key === 'runtime' || container[key as keyof Label] === undefined),
  ) as Label;
  // The parts of `runtime` replace each other one by one.
  const hostMounts = container.runtime?.mounts ? [] : (asked.runtime?.mounts ?? []);
  const { capabilities = [], ambient = [], devices = [] } = asked;
  const isAll = (names: readonly string[]) => names.some((name) => name.toLowerCase() === 'all');
  return [
    ...(isAll(capabilities) || isAll(ambient) ? ['all capabilities'] : []),
    ...(devices.some(({ path, type }) => path === 'all' && type !== 'b') ? ['all devices'] : []),
    ...bindsOf(asked, hostMounts)
      .filter(givesControl)
      .map(({ source, destination }) => `a bind of ${source} to ${destination}`),
  ];
}

function bindsOf({ binds = [], mounts = [] }: Label, hostMounts: readonly Mount[]): Bind[] {
  const short = binds.map((text) => {
    const [source = '', destination = '', options = ''] = text.split(':');
    return { source, destination, options: options.split(',') };
  });
  const long = [...mounts, ...hostMounts]
    .filter(({ type, options = [] }) => type === 'bind' || options.some((option) => /^r?bind$/.test(option)))
    .map(({ source = '', destination = '', options = [] }) => ({ source, destination, options }));
  return [...short, ...long]
    .filter(({ source }) => source.startsWith('/'))
    .map(({ source, destination, options }) => ({
      source: posix.resolve(source),
      destination,
      readonly: options.includes('ro'),
    }));
}

/** The root counts even when it is read-only, because all secrets of the system lie in it. */
function givesControl({ source, readonly }: Bind): boolean {
  if (source === '/') return true;
  if (readonly) return false;
  return SYSTEM.includes(source) || WITH_PARTS.some((folder) => `${source}/`.startsWith(`${folder}/`));
}
