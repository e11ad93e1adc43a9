import { omitEmpty } from '../go-json.js';
import type { BindNamespaces, Mount, Runtime } from '../linuxkit-yml.js';
import { ociMount } from './mounts.js';

const BIND_NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'] as const;

/** The contents of runtime.json. Every key is present: from the YAML, else from the label, else empty. */
export function runtimeConfig(label: Runtime, yaml: Runtime, rootfsMounts: readonly Mount[]) {
  const interfaces = yaml.interfaces ?? label.interfaces ?? [];
  return {
    cgroups: yaml.cgroups ?? label.cgroups ?? [],
    mounts: [...rootfsMounts, ...(yaml.mounts ?? label.mounts ?? [])].map(ociMount),
    mkdir: yaml.mkdir ?? label.mkdir ?? [],
    interfaces: interfaces.map(({ name, add, peer, createInRoot = false }) => ({
      name: omitEmpty(name),
      add: omitEmpty(add),
      peer: omitEmpty(peer),
      createInRoot,
    })),
    bindNS: bindNamespaces(label.bindNS ?? {}, yaml.bindNS ?? {}),
    namespace: yaml.namespace ?? label.namespace ?? '',
  };
}

function bindNamespaces(label: BindNamespaces, yaml: BindNamespaces): BindNamespaces {
  return Object.fromEntries(BIND_NAMESPACES.map((key) => [key, yaml[key] ?? label[key] ?? '']));
}

/**
 * The mounts that make a container's root file system from its image's files. A read-only root is a bind mount,
 * because runc needs a mount point. A writable root is an overlay whose upper layer lies on a private tmpfs.
 */
export function rootfsMounts(path: string, root: string, readonly: boolean): Mount[] {
  const destination = `/${path}/rootfs`;
  if (readonly) return [{ destination, source: `/${root}`, options: ['bind'] }];
  const tmp = `/${path}/tmp`;
  const options = [`lowerdir=/${root}`, `upperdir=${tmp}/upper`, `workdir=${tmp}/work`];
  return [
    { destination: tmp, type: 'tmpfs', source: 'tmpfs' },
    { destination: tmp, options: ['remount', 'private'] },
    { destination, type: 'overlay', source: 'overlay', options },
  ];
}
