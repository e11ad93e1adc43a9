export {
  attestationManifests,
  readAttestations,
  type Attestation,
  type Attestations,
  type AttestationSource,
  type AttestedImage,
} from './attestations.js';
export { compressionOf, decompress, type DecompressLimits } from './decompress.js';
export { type Descriptor } from './descriptor.js';
export { digestOf, hexOf, isDigest, parseDigest, type Digest } from './digest.js';
export { OciError, type OciErrorCode } from './error.js';
export { parseImageConfig, type ImageConfig } from './image-config.js';
export { EMPTY_LOCK, formatLock, readLock, type Lock, type LockedImage } from './lock.js';
export {
  parseDocument,
  parseIndex,
  parseManifest,
  type Document,
  type Index,
  type Manifest,
} from './manifest.js';
export { expectFewValues } from './json.js';
export { once } from './once.js';
export { portableZstd } from './portable-zstd.js';
export { formatPlatform, parsePlatform, platformMatches, type Platform } from './platform.js';
export {
  expandReference,
  formatReference,
  parseReference,
  parseRegistryReference,
  type DaemonReference,
  type FileReference,
  type Reference,
  type RegistryReference,
} from './reference.js';
export { referenceOfUrl } from './registry-url.js';
export { selectManifest } from './select-manifest.js';
export { loadIntoDaemon } from './sources/docker-load.js';
export type { ImageSource, Resolved } from './sources/image-source.js';
export { openImageSource } from './sources/open.js';
export { archiveImages, type LayoutImage } from './sources/layout-images.js';
export type { SourceOptions } from './sources/options.js';
export { copyImage, digestsOf, type CopyOptions } from './store/copy-image.js';
export { diskError, onDisk } from './store/disk.js';
export { makeFolder } from './store/make-folder.js';
export { KEPT, keepImage, keptDigests } from './store/kept.js';
export { move } from './store/move.js';
export { STALE } from './store/temporary.js';
export { ImageNames, type NamedImage } from './store/names.js';
export { replaceFile } from './store/replace-file.js';
export { flush } from './store/flush.js';
export { IN_USE, type PruneOptions, type PruneResult } from './store/prune.js';
export { sightingOf, type Sighting } from './store/sighting.js';
export type { Checksum } from './store/seal.js';
export { Store, type DerivedKind, type ReadAlong } from './store/store.js';
export { collect, VerifiedBytes, type Expected } from './verify.js';
