import { isDigest, type Digest } from '../digest.js';
import { OciError } from '../error.js';
import { asArray, asObject } from '../json.js';
import { Archive } from './archive.js';
import { readJson } from './files.js';

/** An image of a layout. */
export interface LayoutImage {
  /** As the layout writes it: a whole name or a tag. */
  readonly name?: string;
  readonly digest: Digest;
}

/** Annotations that hold a name; containerd's is the whole one. */
const NAMES = ['io.containerd.image.name', 'org.opencontainers.image.ref.name'];

/** Lists the images of an OCI archive. Throws the `OciError`s of a file that is none. */
export async function archiveImages(path: string): Promise<LayoutImage[]> {
  const archive = await Archive.open(path, undefined);
  try {
    const index = asObject(await readJson(archive, 'index.json', path), 'index.json');
    return asArray(index.manifests, 'index.json: manifests').map((item, i) => {
      const { digest, annotations } = asObject(item, `index.json[${i}]`);
      if (!isDigest(digest))
        throw new OciError('invalid-digest', `index.json[${i}] of ${path} has no digest`);
      const named = annotations === undefined ? {} : asObject(annotations, `index.json[${i}].annotations`);
      const name = NAMES.map((key) => named[key]).find((value) => typeof value === 'string');
      return { digest, ...(name ? { name: name as string } : {}) };
    });
  } finally {
    await archive.close();
  }
}
