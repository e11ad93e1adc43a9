import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Architecture, LockedPackage } from '@nx-linuxkit/debian';
import { parsePlatform, parseReference, type Digest, type ImageSource } from '@nx-linuxkit/oci';
import type { DebianRecord, DebianRecords, SbomImage } from '@nx-linuxkit/sbom';
import type { Context } from '../context.js';
import { imageName } from '../image-name.js';
import type { ImageLayers } from '../layers/layers.js';
import type { OciImage } from '../layers/oci-image.js';
import type { ImageNode } from '../plan/image-node.js';
import { imageWord } from '../plan/node-names.js';
import type { OsPlan, SbomPlan, SegmentNode } from '../plan/os-plan.js';
import { rootPath } from '../segment/placed-image.js';
import type { Attachments } from './attachments.js';
import { storedAttestations, type StoredAttestations } from './stored-attestations.js';

/** An image at its place, with all that can be said about it. */
export interface DescribedImage {
  readonly node: SegmentNode;
  readonly image: OciImage;
  /** The index that may list attestations. */
  readonly index?: Digest;
  readonly attestations: StoredAttestations;
  /** What the lock of a package pins; absent for any other image. */
  readonly debian?: DebianRecords;
}

/** What describing images reads. */
export interface Descriptions {
  readonly context: Pick<Context, 'path' | 'store'>;
  readonly sources: { of(image: ImageNode): Promise<ImageSource> };
  layersOf(image: ImageNode): ImageLayers;
  imageOf(image: ImageNode): Promise<OciImage>;
}

/** The images of a system with what describes them, in the order of the plan. */
export function describedImages(plan: OsPlan, from: Descriptions): Promise<DescribedImage[]> {
  const { places } = plan.sbom as SbomPlan;
  return Promise.all(
    places.map(async ({ node, index }): Promise<DescribedImage> => {
      const { image } = node;
      const attestations = storedAttestations(
        from.context.store,
        () => from.sources.of(image),
        from.layersOf(image),
      );
      const debian = await debianRecords(image, from.context);
      return { node, index, attestations, debian, image: await from.imageOf(image) };
    }),
  );
}

/** Says in the words of a bill of materials what an image is. */
export function describe({ node, image, debian }: DescribedImage, attached?: Attachments): SbomImage {
  const { created } = image.config.document;
  return {
    name: nameOf(node),
    digest: image.digest,
    platform: node.image.platform,
    place: rootPath(node.plan, image.config, imageName(node.image)),
    ...repositoryOf(node.image),
    ...(typeof created === 'string' && { created }),
    ...(debian && { debian }),
    attested: attached?.documents ?? [],
    ...(attached && attached.problems.length > 0 && { notes: attached.problems }),
  };
}

/** The reference in the YAML; the last word of a path, because a path may be one of this machine. */
function nameOf({ reference, image: { source } }: SegmentNode): string {
  if (source.kind === 'package' || reference.startsWith('@')) return imageWord(source);
  return parseReference(reference).transport === 'registry' ? reference : imageWord(source);
}

function repositoryOf({ source }: ImageNode): Pick<SbomImage, 'repository'> {
  if (source.kind === 'package') return {};
  const parsed = parseReference(source.from);
  return parsed.transport === 'registry' ? { repository: `${parsed.registry}/${parsed.repository}` } : {};
}

async function debianRecords(
  { source, platform }: ImageNode,
  { path }: Pick<Context, 'path'>,
): Promise<DebianRecords | undefined> {
  if (source.kind !== 'package' || source.dockerfile) return undefined;
  // Loaded here, because most systems have no package of their own.
  const { LOCK_FILE, readLock } = await import('@nx-linuxkit/debian');
  const file = join(path(source.folder), LOCK_FILE);
  // The stage `image` fails for a package that needs a lock and has none.
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const { suite, architectures } = readLock(text, file);
  const locked = architectures[parsePlatform(platform).architecture as Architecture];
  return locked && { suite, packages: Object.entries(locked.packages).map(recordOf) };
}

/** The path of a .deb in an archive names its source package and architecture: `pool/main/g/glibc/libc6_2.36_amd64.deb`. */
function recordOf([name, { version, path, sha256 }]: [string, LockedPackage]): DebianRecord {
  const [source, file] = path.split('/').slice(-2);
  const architecture = /_([^_]+)\.deb$/.exec(file)?.[1] ?? 'all';
  return { name, version, architecture, source, sha256 };
}
