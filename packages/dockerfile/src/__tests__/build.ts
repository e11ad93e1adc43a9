import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { collect, openImageSource, parseReference, type ImageSource } from '@nx-linuxkit/oci';
import { decompress } from '@nx-linuxkit/oci/decompress';
import { DEFAULT_MTIME, TarIndexer, type LayerEntry } from '@nx-linuxkit/tree';
import { buildImage, listContext, parseDockerfile, planBuild, readIgnore, type BaseImage } from '../index.js';

/** Files of a context: text, bytes, a link as `-> target`, or text with a mode. */
export type Files = Readonly<
  Record<string, string | Buffer | { readonly text: string; readonly mode: number }>
>;

/** Writes the files of a context into a new folder. */
export function contextFolder(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), 'dockerfile-spec-'));
  for (const [path, file] of Object.entries(files)) {
    const { text, mode } =
      typeof file === 'string' || Buffer.isBuffer(file) ? { text: file, mode: 0o644 } : file;
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    if (typeof text === 'string' && text.startsWith('-> ')) symlinkSync(text.slice(3), place);
    else {
      writeFileSync(place, text);
      chmodSync(place, mode);
    }
  }
  return folder;
}

/** An image that was built, as its archive has it. */
export interface Built {
  readonly digest: string;
  readonly config: Record<string, unknown> & { readonly config: Record<string, unknown> };
  /** The entries of each layer, lowest first. */
  readonly layers: readonly (readonly LayerEntry[])[];
  /** The image as a base of other builds. */
  readonly base: BaseImage;
  readonly archive: string;
}

export interface BuildOptions {
  readonly args?: Readonly<Record<string, string>>;
  readonly images?: Readonly<Record<string, BaseImage>>;
  readonly ignore?: string;
  readonly platform?: string;
}

/** Folders of images that were built; their layers are read until the end of a spec. */
const outputs: string[] = [];
afterAll(() => outputs.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Builds a Dockerfile with the files of a context. */
export async function build(
  dockerfile: string,
  files: Files = {},
  options: BuildOptions = {},
): Promise<Built> {
  const { args = {}, images = {}, ignore, platform = 'linux/amd64' } = options;
  const folder = contextFolder(files);
  const out = mkdtempSync(join(tmpdir(), 'dockerfile-spec-out-'));
  outputs.push(out);
  const archive = join(out, 'image.tar');
  try {
    const ignores = ignore === undefined ? undefined : readIgnore(ignore, '.dockerignore');
    await buildImage(
      {
        plan: planBuild(parseDockerfile(dockerfile, 'Dockerfile'), { args, platform }),
        context: listContext({ folder, ...(ignores && { ignores }) }),
        image: async (reference) => {
          const found = images[reference];
          if (!found) throw new Error(`no image ${reference}`);
          return found;
        },
        mtime: DEFAULT_MTIME,
      },
      archive,
    );
    return await readBuilt(archive, platform);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads an archive that holds all of its layers. */
export async function readBuilt(
  archive: string,
  platform = 'linux/amd64',
  transport: 'oci-archive' | 'docker-archive' = 'oci-archive',
): Promise<Built> {
  const source = await openImageSource(parseReference(`${transport}:${archive}`));
  const [os, architecture] = platform.split('/');
  const { digest, manifest, config } = await source.resolve({ os, architecture });
  const parsed = JSON.parse(config.toString());
  const { layers } = JSON.parse(manifest.toString()) as { layers: BaseImage['layers'][number]['blob'][] };
  const read = await Promise.all(layers.map((blob) => readLayer(source, blob).catch(() => undefined)));
  await source.close();
  const diffIDs = parsed.rootfs.diff_ids as string[];
  const present = read.flatMap((layer) => layer ?? []);
  return {
    digest,
    config: parsed,
    layers: present.map(({ entries }) => entries),
    archive,
    base: {
      config: parsed,
      layers: layers.map((blob, i) => ({ blob, diffID: diffIDs[i] })),
      async blob(blob) {
        const again = await openImageSource(parseReference(`${transport}:${archive}`));
        const bytes = await collect(again.blob(blob), blob.size, blob.digest);
        await again.close();
        return Readable.from([bytes]);
      },
      files: async () => ({
        indexes: present.map(({ entries, bytes }, i) => ({
          diffID: diffIDs[i],
          size: bytes.length,
          entries,
        })),
        open: (diffID) => {
          const { bytes } = present[diffIDs.indexOf(diffID)];
          return {
            id: diffID,
            size: bytes.length,
            async *read(start: number, end: number) {
              yield bytes.subarray(start, end);
            },
          };
        },
      }),
    },
  };
}

async function readLayer(source: ImageSource, blob: BaseImage['layers'][number]['blob']) {
  const indexer = new TarIndexer();
  const chunks: Uint8Array[] = [];
  for await (const chunk of decompress(source.blob(blob))) {
    chunks.push(chunk);
    indexer.write(chunk);
  }
  return { entries: indexer.end(), bytes: Buffer.concat(chunks) };
}

/** `drwxr-xr-x`-like lines of a layer: type, mode, owner, path and target. */
export function listing(entries: readonly LayerEntry[]): string[] {
  return entries.map(({ path, type, mode, uid, gid, size, target }) => {
    const what = type === 'file' ? `${size}` : type === 'symlink' ? `-> ${target}` : '';
    return `${type} ${mode.toString(8)} ${uid}:${gid} ${path} ${what}`.trim();
  });
}
