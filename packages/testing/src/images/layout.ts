import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hexOf } from '@nx-linuxkit/oci';
import { tarOf, type TestEntry } from './entry.js';
import { blobsOf, manifestsOf, type TestImage, type TestIndex } from './image.js';

/** An image of a layout. */
export interface Named {
  readonly image: TestImage | TestIndex;
  /** The value of the annotation `org.opencontainers.image.ref.name`. */
  readonly name?: string;
}

/** Writes an OCI image layout, which `oci:` reads, into a folder. */
export function layoutOf(image: TestImage | TestIndex | readonly Named[], dir: string): void {
  for (const { name, body } of layoutEntries(image)) {
    mkdirSync(join(dir, name, '..'), { recursive: true });
    writeFileSync(join(dir, name), body ?? '');
  }
}

/** Writes an OCI image layout as a tar, which `oci-archive:` reads. */
export async function ociArchiveOf(
  image: TestImage | TestIndex | readonly Named[],
  file: string,
): Promise<void> {
  writeFileSync(file, await tarOf(layoutEntries(image)));
}

/**
 * Writes an archive as `docker save` does with Docker's graph drivers: layers as uncompressed tars, the config under
 * its digest. `docker-archive:` reads it.
 */
export async function dockerArchiveOf(
  image: TestImage,
  file: string,
  tags: readonly string[] = [],
): Promise<void> {
  const config = `${hexOf(image.config.descriptor.digest)}.json`;
  const layers = image.layers.map(({ diffID }) => `${hexOf(diffID)}/layer.tar`);
  const manifest = JSON.stringify([{ Config: config, RepoTags: tags, Layers: layers }]);
  const unique = new Map(image.layers.map(({ plain }, i) => [layers[i], plain]));
  writeFileSync(
    file,
    await tarOf([
      { name: config, body: image.config.bytes },
      ...[...unique].map(([name, body]) => ({ name, body })),
      { name: 'manifest.json', body: manifest },
    ]),
  );
}

/** Lists the files of an OCI image layout. */
function layoutEntries(image: TestImage | TestIndex | readonly Named[]): readonly TestEntry[] {
  const named = Array.isArray(image)
    ? (image as readonly Named[])
    : [{ image: image as TestImage | TestIndex }];
  const blobs = new Map(
    named
      .flatMap((item) => [...blobsOf(item.image), ...manifestsOf(item.image)])
      .map((blob) => [blob.descriptor.digest, blob]),
  );
  const manifests = named.map(({ image: one, name }) => ({
    ...manifestsOf(one).at(-1)!.descriptor,
    ...('platform' in one ? { platform: one.platform } : {}),
    ...(name ? { annotations: { 'org.opencontainers.image.ref.name': name } } : {}),
  }));
  return [
    { name: 'oci-layout', body: '{"imageLayoutVersion":"1.0.0"}' },
    ...[...blobs.values()].map(({ descriptor, bytes }) => ({
      name: `blobs/sha256/${hexOf(descriptor.digest)}`,
      body: bytes,
    })),
    { name: 'index.json', body: JSON.stringify({ schemaVersion: 2, manifests }) },
  ];
}
