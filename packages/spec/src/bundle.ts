import type { Where } from '@nx-linuxkit/errors';
import { processCapabilities } from './container/capabilities.js';
import { resolveDevice } from './container/devices.js';
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

/** Version of the OCI runtime specification that LinuxKit names. */
const OCI_VERSION = '1.2.1';

/** LinuxKit's indentation of config.json and runtime.json. */
const INDENT = '    ';

export interface BundleOptions {
  readonly ids: ReadonlyMap<string, number>;
  readonly volumes: readonly Volume[];
  readonly section: Section;
  /** Of the container in its section. */
  readonly index: number;
  /** Where the root of the same image was extracted before, without a leading slash. Default: this is the first use. */
  readonly rootfsAt?: string;
  /** Where to report what is wrong with the image's label: usually `os.where([section, index, 'image'])`. */
  readonly where?: Where;
}

/** What LinuxKit lays out for one container, beside the files of its image. */
export interface ContainerBundle {
  /** Its directory, such as `containers/onboot/000-sysctl`. */
  readonly path: string;
  /** Where the files of the image lie: `rootfsAt`, else `<path>/rootfs` (read-only) or `<path>/lower`. */
  readonly root: string;
  readonly readonly: boolean;
  /** Text of config.json, byte by byte as LinuxKit writes it. */
  readonly config: string;
  /** Text of runtime.json, with the mounts of the root file system in front. */
  readonly runtime: string;
}

/**
 * The configuration of a container: its entry in the YAML over the label of its image over the image's own.
 * The entry comes from readOs, which has checked it: what is wrong now is wrong with the label.
 */
export function containerConfigs(
  container: Container,
  image: OciImageConfig,
  options: BundleOptions,
): ContainerBundle {
  const label = readLabel(image, options.where);
  try {
    return bundle(container, label, image, options);
  } catch (error) {
    throw error instanceof SpecError ? badLabel(error.message, options.where, error.hint) : error;
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

/** Directory of a container: `containers/services/nginx`, `containers/onboot/003-dhcpcd`. */
export function bundlePath(section: Section, index: number, name: string): string {
  const prefix = section === 'services' ? '' : `${String(index).padStart(3, '0')}-`;
  return `containers/${section}/${prefix}${name}`;
}

/** Volumes are named in the YAML alone: an image cannot know what a label would refer to. */
function withVolumes(yaml: Container, volumes: readonly Volume[]): Container {
  return {
    ...yaml,
    binds: yaml.binds?.map((bind) => bindVolume(bind, volumes)),
    'binds.add': yaml['binds.add']?.map((bind) => bindVolume(bind, volumes)),
    mounts: yaml.mounts?.map((mount) => mountVolume(mount, volumes)),
  };
}

/** config.json, in the field order of the OCI runtime specification. */
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
      // Not each once: the mount list is by destination, and there the YAML's bind wins over the label's.
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

/** The list of the label with what the YAML adds, each once. A label's own additions have no effect. */
function unique(label: readonly string[] = [], additions: readonly string[] | undefined): readonly string[] {
  return additions === undefined ? label : [...new Set([...label, ...additions])];
}
