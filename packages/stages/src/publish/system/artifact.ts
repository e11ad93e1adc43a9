import { findFormat, type FileRole } from '@nx-linuxkit/formats';
import { digestOf, parseDocument, type Descriptor, type Digest } from '@nx-linuxkit/oci';
import { StageError } from '../../error.js';

/** What the manifest of a system says that it is. */
export const ARTIFACT_TYPE = 'application/vnd.nx-linuxkit.system.v1';
const CONFIG_TYPE = 'application/vnd.nx-linuxkit.system.config.v1+json';
const FILE_TYPE = 'application/vnd.nx-linuxkit.system.file.v1';
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** The annotations of a file. `title` is where other tools, such as oras, write it: `iso-efi/my-os-efi.iso`. */
export const ANNOTATIONS = {
  title: 'org.opencontainers.image.title',
  format: 'org.nx-linuxkit.format',
  role: 'org.nx-linuxkit.role',
} as const;

/** One file of a format. */
export interface SystemFile {
  readonly format: string;
  readonly role: FileRole;
  /** Without a folder: `my-os-efi.iso`. */
  readonly name: string;
  readonly digest: Digest;
  /** bytes */
  readonly size: number;
}

/** A system as a registry keeps it: files of its formats, for one platform. */
export interface SystemArtifact {
  readonly name: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly files: readonly SystemFile[];
}

/** The documents of an artifact, whose bytes depend on the system alone. */
export interface ArtifactDocuments {
  readonly mediaType: string;
  readonly manifest: Buffer;
  readonly config: { readonly descriptor: Descriptor; readonly bytes: Buffer };
  /** The files, in the artifact's order. */
  readonly layers: readonly Descriptor[];
}

/**
 * Writes a system as an OCI artifact.
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md#guidelines-for-artifact-usage
 */
export function formatArtifact({ name, platform, files }: SystemArtifact): ArtifactDocuments {
  const [os, architecture] = platform.split('/');
  const bytes = Buffer.from(JSON.stringify({ name, os, architecture }));
  const config = { mediaType: CONFIG_TYPE, digest: digestOf(bytes), size: bytes.length };
  const layers = files.map(({ format, role, name: file, digest, size }): Descriptor => ({
    mediaType: FILE_TYPE,
    digest,
    size,
    annotations: {
      [ANNOTATIONS.title]: `${format}/${file}`,
      [ANNOTATIONS.format]: format,
      [ANNOTATIONS.role]: role,
    },
  }));
  const document = {
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: ARTIFACT_TYPE,
    config,
    layers,
  };
  const manifest = Buffer.from(JSON.stringify(document));
  return { mediaType: MANIFEST_TYPE, manifest, config: { descriptor: config, bytes }, layers };
}

/** A file that an artifact has, as far as this version knows its format. */
export interface ArtifactFile {
  readonly format: string;
  readonly role: FileRole;
  readonly blob: Descriptor;
}

/** What a manifest says about a system. */
export interface ParsedArtifact {
  readonly config: Descriptor;
  readonly files: readonly ArtifactFile[];
}

/**
 * Reads the manifest of a system. Files of formats that are not known here are left out, and so are their names: what
 * is written has names of this machine. Throws StageError `bad-image` for what is no system; OciError.
 */
export function parseArtifact(
  bytes: Buffer,
  contentType: string | undefined,
  reference: string,
): ParsedArtifact {
  const document = parseDocument(bytes, contentType, reference);
  if (document.kind === 'index' || document.manifest.config.mediaType !== CONFIG_TYPE) {
    throw new StageError('bad-image', `${reference} is an image, expected a system that was pushed`, {
      hint: 'Name a system: the target push-os and the command push oci write them.',
    });
  }
  const { config, layers } = document.manifest;
  const files = layers.flatMap((blob): ArtifactFile[] => {
    const { [ANNOTATIONS.format]: format = '', [ANNOTATIONS.role]: role = '' } = blob.annotations ?? {};
    const roles = findFormat(format)?.files ?? {};
    return Object.hasOwn(roles, role) ? [{ format, role: role as FileRole, blob }] : [];
  });
  return { config, files };
}

/** The platform that the config names. Throws StageError `bad-image`. */
export function parseConfig(bytes: Buffer, reference: string): string {
  const { os, architecture } = read(bytes);
  const word = /^[a-z0-9]+$/;
  if (typeof os === 'string' && typeof architecture === 'string' && word.test(os) && word.test(architecture))
    return `${os}/${architecture}`;
  throw new StageError('bad-image', `${reference}: the config names no platform`, {
    hint: 'Push the system again.',
  });
}

function read(bytes: Buffer): { readonly os?: unknown; readonly architecture?: unknown } {
  try {
    return (JSON.parse(bytes.toString('utf8')) ?? {}) as object;
  } catch {
    return {};
  }
}
