import { writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { freshName } from './temporary.js';
import { makeFolder } from './make-folder.js';
import { move } from './move.js';

/**
 * The files that make a folder an OCI image layout:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/image-layout.md. The index stays empty, because names are
 * kept in lock files, and because a list that several processes rewrite would need a lock.
 */
const FILES = {
  'oci-layout': '{"imageLayoutVersion":"1.0.0"}',
  'index.json': '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}',
};

/** Makes the folder an OCI image layout, which skopeo and others can read. */
export async function initLayout(dir: string): Promise<void> {
  await makeFolder(join(dir, 'blobs', 'sha256'));
  for (const [name, text] of Object.entries(FILES)) {
    if (existsSync(join(dir, name))) continue;
    const temp = join(dir, 'tmp', freshName());
    await writeFile(temp, text);
    await move(temp, join(dir, name));
  }
}
