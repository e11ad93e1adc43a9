import type { Log } from '../environment.js';
import type { Pipeline } from '../pipeline.js';
import type { ImageNode } from '../plan/image-node.js';
import { dockerArchive } from './docker-archive.js';
import { fileSystemTar } from './file-system.js';
import { ociLayout } from './oci-layout.js';

/** The forms of an exported image, by LinuxKit's names. */
export const exportFormats = ['oci', 'docker', 'filesystem'] as const;

/** One of `exportFormats`. */
export type ExportFormat = (typeof exportFormats)[number];

/** Which image to export, and in which form. */
export interface ExportRequest {
  readonly image: ImageNode;
  readonly format: ExportFormat;
  /** The image's name in the archive; without it the archive names none. */
  readonly name?: string;
  /** A path of the image, in place of all its files: only for `filesystem`. */
  readonly path?: string;
}

/**
 * Yields an image as one file: the layout of an image as a tar (`oci`), what `docker load` reads (`docker`), or the flattened
 * files as a tar (`filesystem`); of the latter also one file, or a tar of one folder. The bytes depend on the image and
 * the name alone. Blobs are verified while they are read. Throws StageError `missing-file` and `unsupported` for a path
 * that cannot be exported.
 */
export function exportImage(
  pipeline: Pipeline,
  { image, format, name, path }: ExportRequest,
  log: Log,
): AsyncIterable<Uint8Array> {
  const parts = pipeline.image(image, log);
  if (format === 'filesystem') return fileSystemTar(parts, path);
  return format === 'docker' ? dockerArchive([{ parts, ...(name && { name }) }]) : ociLayout(parts, name);
}
