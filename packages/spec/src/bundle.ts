import type { Where } from '@nx-linuxkit/errors';
import type { Container } from './linuxkit-yml.js';
import type { OciImageConfig, Section, Volume } from './model.js';

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

export function containerConfigs(
  _container: Container,
  _image: OciImageConfig,
  _options: BundleOptions,
): ContainerBundle {
  throw new Error('not written yet');
}

/** Directory of a container: `containers/services/nginx`, `containers/onboot/003-dhcpcd`. */
export function bundlePath(section: Section, index: number, name: string): string {
  const prefix = section === 'services' ? '' : `${String(index).padStart(3, '0')}-`;
  return `containers/${section}/${prefix}${name}`;
}
