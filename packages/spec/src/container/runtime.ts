import { omitEmpty } from '../go-json.js';
import type { BindNamespaces, Mount, Runtime } from '../linuxkit-yml.js';
import { ociMount } from './mounts.js';

const BIND_NAMESPACES = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'user', 'uts'] as const;

/** The contents of runtime.json: every key, each from the YAML, else from the label, else empty. */
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
 * What makes the root file system of a container out of its image's files: read-only, a bind mount, because
 * runc wants a mount point; else an overlay whose upper layer lies on a tmpfs that nothing else sees.
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
