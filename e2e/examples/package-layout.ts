import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { join } from 'node:path';

/**
 * Writes an OCI image layout of the image that a package has become, for other programs to read: its documents lie in the
 * output of the stage `image`, and its layers in the store. Returns the layout's folder, which is `to`.
 */
export function packageLayout(output: string, store: string, to: string): string {
  const blobs = join(to, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const place = (name: string) => {
    const bytes = readFileSync(join(output, name));
    const hex = createHash('sha256').update(bytes).digest('hex');
    copyFileSync(join(output, name), join(blobs, hex));
    return { bytes, digest: `sha256:${hex}` };
  };
  const { bytes, digest } = place('manifest.json');
  place('config.json');
  const { mediaType, layers } = JSON.parse(bytes.toString()) as Manifest;
  for (const { digest: layer } of layers) {
    const hex = layer.replace('sha256:', '');
    symlinkSync(join(store, 'blobs', 'sha256', hex), join(blobs, hex));
  }
  const manifests = [{ mediaType, digest, size: bytes.length }];
  writeFileSync(join(to, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(join(to, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  return to;
}

interface Manifest {
  readonly mediaType: string;
  readonly layers: readonly { readonly digest: string }[];
}
