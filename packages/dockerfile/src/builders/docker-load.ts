import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { digestOf, hexOf, type Descriptor } from '@nx-linuxkit/oci';
import { bytesContent, DEFAULT_MTIME, Tree, writeTar, type Content, type Inode } from '@nx-linuxkit/tree';
import type { BaseImage } from '../image/base-image.js';

/** Loads an image under a name of this build alone, so that builds side by side do not remove each other's. */
export async function loadImage(docker: Docker, image: BaseImage, name: string): Promise<void> {
  const config = Buffer.from(JSON.stringify(image.config));
  const layers = image.layers.map(({ blob }) => ({
    path: `${hexOf(blob.digest)}.tar`,
    content: blobContent(image, blob),
  }));
  const manifest = [
    { Config: `${hexOf(digestOf(config))}.json`, RepoTags: [name], Layers: layers.map(({ path }) => path) },
  ];
  const tree = new Tree();
  tree.set(manifest[0].Config, file(bytesContent(config)));
  for (const { path, content } of layers) tree.set(path, file(content));
  tree.set('manifest.json', file(bytesContent(JSON.stringify(manifest))));
  const answer = await docker.loadImage(Readable.from(writeTar(tree.entries()), { objectMode: false }));
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(answer, (error: Error | null) => (error ? reject(error) : resolve()));
  });
}

function blobContent(image: BaseImage, blob: Descriptor): Content {
  const { digest: id, size } = blob;
  // A tar is written from the start to the end, so the whole blob is asked for at once.
  const read = async function* () {
    yield* await image.blob(blob);
  };
  return { source: { id, size, read }, offset: 0, size };
}

/** A file of an archive for the daemon. */
export function file(content: Content): Inode {
  return { type: 'file', mode: 0o644, uid: 0, gid: 0, mtime: DEFAULT_MTIME, content };
}
