import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { formatReference, type FileReference, type Reference, type RegistryReference } from '../reference.js';
import type { Archive } from './archive.js';
import type { ImageSource } from './image-source.js';
import { NamedSource } from './named-source.js';
import type { SourceOptions } from './options.js';

/**
 * Opens the place that a reference names: a registry, a Docker daemon, a layout or an archive. The caller closes it.
 * The code of each kind is loaded when it is first used, because most builds need none.
 */
export async function openImageSource(
  reference: Reference,
  options: SourceOptions = {},
): Promise<ImageSource> {
  const name = formatReference(reference);
  if (reference.transport !== 'registry') return new NamedSource(await openLocal(reference, options), name);
  const { RegistrySource } = await import('../registry/registry-source.js');
  const source = new RegistrySource(reference, options);
  return new NamedSource(source, name, (error) => source.withoutSecrets(error));
}

async function openLocal(
  reference: Exclude<Reference, RegistryReference>,
  options: SourceOptions,
): Promise<ImageSource> {
  switch (reference.transport) {
    case 'docker-daemon': {
      const { DockerDaemonSource } = await import('./docker-daemon-source.js');
      return new DockerDaemonSource(reference, options);
    }
    case 'oci': {
      const { LayoutSource } = await import('./layout-source.js');
      const { Folder } = await import('./files.js');
      return new LayoutSource(reference, async () => new Folder(pathOf(reference, options)));
    }
    case 'oci-archive': {
      const { LayoutSource } = await import('./layout-source.js');
      return new LayoutSource(reference, () => openArchive(reference, options));
    }
    case 'docker-archive': {
      const { DockerArchiveSource } = await import('./docker-archive-source.js');
      return new DockerArchiveSource(reference, () => openArchive(reference, options));
    }
  }
}

async function openArchive(reference: FileReference, options: SourceOptions): Promise<Archive> {
  const { Archive } = await import('./archive.js');
  return Archive.open(pathOf(reference, options), options.temp);
}

function pathOf({ path }: FileReference, { base = process.cwd() }: SourceOptions): string {
  if (path.startsWith('~/')) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : resolve(base, path);
}
