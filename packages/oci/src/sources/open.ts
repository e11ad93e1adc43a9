import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { FileReference, Reference } from '../reference.js';
import { RegistrySource } from '../registry/registry-source.js';
import { Archive } from './archive.js';
import { DockerArchiveSource } from './docker-archive-source.js';
import { DockerDaemonSource } from './docker-daemon-source.js';
import { Folder } from './files.js';
import type { ImageSource } from './image-source.js';
import { LayoutSource } from './layout-source.js';
import type { SourceOptions } from './options.js';

/** One interface for every place that an image can lie. Close it when done. */
export function openImageSource(reference: Reference, options: SourceOptions = {}): ImageSource {
  switch (reference.transport) {
    case 'registry':
      return new RegistrySource(reference, options);
    case 'docker-daemon':
      return new DockerDaemonSource(reference, options);
    case 'oci':
      return new LayoutSource(reference, async () => new Folder(pathOf(reference, options)));
    case 'oci-archive':
      return new LayoutSource(reference, () => Archive.open(pathOf(reference, options), options.temp));
    case 'docker-archive':
      return new DockerArchiveSource(reference, () => Archive.open(pathOf(reference, options), options.temp));
  }
}

function pathOf({ path }: FileReference, { base = process.cwd() }: SourceOptions): string {
  if (path.startsWith('~/')) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : resolve(base, path);
}
