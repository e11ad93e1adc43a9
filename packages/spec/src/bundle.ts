import type { Where } from '@nx-linuxkit/errors';
import { processCapabilities } from './container/capabilities.js';
import { resolveDevice } from './container/devices.js';
import { readImageConfig } from './container/image-config.js';
import { badLabel, readLabel, type Label } from './container/label.js';
import {
  defaultMounts,
  idMappings,
  mountList,
  parseBind,
  parseTmpfs,
  resolveMount,
} from './container/mounts.js';
import { namespaces } from './container/namespaces.js';
import { ociResources } from './container/resources.js';
import { parseRlimit } from './container/rlimits.js';
import { rootfsMounts, runtimeConfig } from './container/runtime.js';
import { bindVolume, mountVolume } from './container/volumes.js';
import { SpecError } from './error.js';
import { formatJson, omitEmpty, sortedMap } from './go-json.js';
import { numericId } from './ids.js';
import type { Container } from './linuxkit-yml.js';
import type { OciImageConfig, Section, Volume } from './model.js';

/** The version of the OCI runtime specification that LinuxKit writes. */
const OCI_VERSION = '1.2.1';

/** LinuxKit's indentation of config.json and runtime.json. */
const INDENT = '    ';

/** The context of one container: the system that it belongs to, and its place in that system. */
export interface BundleOptions {
  /** User and group ids by container name, from `idMap`. */
  readonly ids: ReadonlyMap<string, number>;
  /** The volumes of the system, which the container may name as the source of a mount. */
  readonly volumes: readonly Volume[];
  readonly section: Section;
  /** Position of the container in its section, from 0. */
  readonly index: number;
  /**
   * Directory of the root of an earlier container with the same image, without a leading slash. Default: this
   * container is the first one with its image.
   */
  readonly rootfsAt?: string;
  /** The place that an error of the image's config or label reports: usually `os.where([section, index, 'image'])`. */
  readonly where?: Where;
}

/** The OCI bundle of one container: what LinuxKit writes for it beside the files of its image. */
export interface ContainerBundle {
  /** Directory of the bundle, without a leading slash, such as `containers/onboot/000-sysctl`. */
  readonly path: string;
  /** Directory of the image's files: `rootfsAt`, else `<path>/rootfs` (read-only) or `<path>/lower`. */
  readonly root: string;
  /** Whether the root file system is read-only. */
  readonly readonly: boolean;
  /** The text of config.json, byte for byte as LinuxKit writes it. */
  readonly config: string;
  /** The text of runtime.json. Its first mounts make the root file system of the container. */
  readonly runtime: string;
}

/**
 * Makes the bundle of a container. A key of the YAML entry wins over the label of the image, which wins over the
 * configuration of the image.
 *
 * `container` must come from `readOs`, which has checked it, so any fault that is found here lies in the image: throws
 * `SpecError` `bad-image-config` or `bad-label`. `imageConfig` is the object `config` of the image's configuration, as
 * it was parsed.
 * Source: https://github.com/opencontainers/runtime-spec/blob/v1.2.1/config.md.
 */
export function containerConfigs(
  container: Container,
  imageConfig: unknown,
  options: BundleOptions,
): ContainerBundle {
  const named = { image: container.image, where: options.where };
  const image = readImageConfig(imageConfig, named.image, named.where);
  const label = readLabel(image, named);
  try {
    return bundle(container, label, image, options);
  } catch (error) {
    throw error instanceof SpecError ? badLabel(error.message, named, error.hint) : error;
  }
}

function bundle(
  container: Container,
  label: Label,
  image: OciImageConfig,
  options: BundleOptions,
): ContainerBundle {
  const path = bundlePath(options.section, options.index, container.name);
  const readonly = container.readonly ?? label.readonly ?? false;
  const root = options.rootfsAt ?? `${path}/${readonly ? 'rootfs' : 'lower'}`;
  const config = ociConfig(withVolumes(container, options.volumes), label, image, options.ids);
  const runtime = runtimeConfig(
    label.runtime ?? {},
    container.runtime ?? {},
    rootfsMounts(path, root, readonly),
  );
  return { path, root, readonly, config: formatJson(config, INDENT), runtime: formatJson(runtime, INDENT) };
}

/** Returns the directory of a bundle: `containers/services/nginx`, `containers/onboot/003-dhcpcd`. */
export function bundlePath(section: Section, index: number, name: string): string {
  const prefix = section === 'services' ? '' : `${String(index).padStart(3, '0')}-`;
  return `containers/${section}/${prefix}${name}`;
}

/** Resolves volumes in the YAML entry only: the author of an image's label cannot know the volumes of a system. */
function withVolumes(yaml: Container, volumes: readonly Volume[]): Container {
  return {
    ...yaml,
    binds: yaml.binds?.map((bind) => bindVolume(bind, volumes)),
    'binds.add': yaml['binds.add']?.map((bind) => bindVolume(bind, volumes)),
    mounts: yaml.mounts?.map((mount) => mountVolume(mount, volumes)),
  };
}

/** The contents of config.json, in the field order of the OCI runtime specification. */
function ociConfig(yaml: Container, label: Label, image: OciImageConfig, ids: ReadonlyMap<string, number>) {
  const readonly = yaml.readonly ?? label.readonly ?? false;
  return {
    ociVersion: OCI_VERSION,
    process: processConfig(yaml, label, image, ids),
    root: { path: 'rootfs', readonly: omitEmpty(readonly) },
    hostname: omitEmpty(yaml.hostname || label.hostname),
    mounts: mountList([
      ...defaultMounts(readonly),
      ...(yaml.tmpfs ?? label.tmpfs ?? []).map(parseTmpfs),
      // Duplicates stay: `mountList` keeps the last mount of a destination, so a bind of the YAML wins.
      ...(yaml.binds ?? [...(label.binds ?? []), ...(yaml['binds.add'] ?? [])]).map(parseBind),
      ...(yaml.mounts ?? label.mounts ?? []).map(resolveMount),
    ]),
    annotations: sortedMap(yaml.annotations ?? label.annotations),
    linux: linuxConfig(yaml, label),
  };
}

function processConfig(
  yaml: Container,
  label: Label,
  image: OciImageConfig,
  ids: ReadonlyMap<string, number>,
) {
  const groups = (yaml.additionalGids ?? label.additionalGids ?? []).map((id) => numericId(id, ids));
  const entrypoint = [...(image.Entrypoint ?? []), ...(image.Cmd ?? [])];
  return {
    user: {
      uid: numericId(yaml.uid ?? label.uid, ids),
      gid: numericId(yaml.gid ?? label.gid, ids),
      additionalGids: omitEmpty(groups),
    },
    args: omitEmpty(yaml.command ?? label.command ?? entrypoint),
    env: omitEmpty(yaml.env ?? label.env ?? image.Env),
    cwd: yaml.cwd || label.cwd || image.WorkingDir || '/',
    capabilities: processCapabilities(
      yaml.capabilities ?? unique(label.capabilities, yaml['capabilities.add']),
      yaml.ambient ?? label.ambient ?? [],
    ),
    rlimits: omitEmpty((yaml.rlimits ?? label.rlimits ?? []).map(parseRlimit)),
    noNewPrivileges: omitEmpty(yaml.noNewPrivileges ?? label.noNewPrivileges),
    oomScoreAdj: yaml.oomScoreAdj ?? label.oomScoreAdj,
  };
}

function linuxConfig(yaml: Container, label: Label) {
  const devices = (yaml.devices ?? label.devices ?? []).map(resolveDevice);
  const nodes = devices.flatMap(({ node }) => node ?? []);
  const rules = devices.map(({ rule }) => rule);
  return {
    uidMappings: idMappings(yaml.uidMappings ?? label.uidMappings),
    gidMappings: idMappings(yaml.gidMappings ?? label.gidMappings),
    sysctl: sortedMap(yaml.sysctl ?? label.sysctl),
    resources: ociResources(yaml.resources ?? label.resources ?? {}, rules),
    cgroupsPath: omitEmpty(yaml.cgroupsPath ?? label.cgroupsPath),
    namespaces: namespaces(label, yaml),
    devices: omitEmpty(nodes),
    rootfsPropagation: omitEmpty(yaml.rootfsPropagation ?? label.rootfsPropagation),
    maskedPaths: omitEmpty(yaml.maskedPaths ?? label.maskedPaths),
    readonlyPaths: omitEmpty(yaml.readonlyPaths ?? label.readonlyPaths),
  };
}

/** Joins the label's list and the YAML's additions without duplicates. Additions inside a label have no effect. */
function unique(label: readonly string[] = [], additions: readonly string[] | undefined): readonly string[] {
  return additions === undefined ? label : [...new Set([...label, ...additions])];
}
