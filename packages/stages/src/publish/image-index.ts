import { platformMatches, type Descriptor, type Platform } from '@nx-linuxkit/oci';
import type { PushableImage } from '@nx-linuxkit/oci/registry';

/** https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md */
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';
/**
 * The annotation by which an attestation says which image of the same index it is about:
 * https://github.com/moby/buildkit/blob/v0.13.0/docs/attestations/attestation-storage.md
 */
const ABOUT = 'vnd.docker.reference.digest';

/**
 * Writes an index of images, in the order of their platforms: the same images have one index, whichever target or command
 * writes it.
 */
export function formatIndex(images: readonly Descriptor[]): PushableImage {
  const manifests = images
    .map((image) => ({ image, order: orderOf(image) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ image: { mediaType, digest, size, platform, ...more } }) => {
      return { mediaType, digest, size, ...(platform && { platform: formatted(platform) }), ...more };
    });
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX_TYPE, manifests }));
  return { mediaType: INDEX_TYPE, manifest, blobs: [] };
}

/** The images that `listed` has for platforms that no image of `images` is for, with what is attested about them. */
export function othersOf(images: readonly Descriptor[], listed: readonly Descriptor[]): Descriptor[] {
  const others = listed.filter(
    (other) => aboutOf(other) === undefined && !images.some((image) => isSame(image, other)),
  );
  return [...others, ...attestationsOf(others, listed)];
}

/** The attestations of `listed` about images. */
export function attestationsOf(images: readonly Descriptor[], listed: readonly Descriptor[]): Descriptor[] {
  const digests = new Set<string | undefined>(images.map(({ digest }) => digest));
  return listed.filter((other) => aboutOf(other) !== undefined && digests.has(aboutOf(other)));
}

function aboutOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[ABOUT];
}

function isSame(one: Descriptor, other: Descriptor): boolean {
  if (!one.platform || !other.platform) return one.digest === other.digest;
  return platformMatches(one.platform, other.platform) && platformMatches(other.platform, one.platform);
}

function orderOf({ platform, digest }: Descriptor): string {
  const { os = '', architecture = '', variant = '' } = platform ?? {};
  return [os, architecture, variant, digest].join('/');
}

function formatted({ architecture, os, variant }: Platform): Platform {
  return { architecture, os, ...(variant && { variant }) };
}
