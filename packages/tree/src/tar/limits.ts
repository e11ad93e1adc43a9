/** Bounds what a hostile archive can make a reader hold or do. All values are inclusive maxima. */
export interface TarLimits {
  /** Bytes of one PAX header or GNU long name. */
  readonly metaBytes: number;
  /** Bytes of all names, link targets and extended attributes together. */
  readonly keptBytes: number;
  /** Number of entries. */
  readonly entries: number;
  /** Number of components in one path. */
  readonly depth: number;
  /** Bytes of the uncompressed archive. */
  readonly bytes: number;
}

const MIB = 2 ** 20;

/** Limits that every public image keeps by far. */
export const DEFAULT_TAR_LIMITS: TarLimits = {
  // node-tar has the same limit (maxMetaEntrySize).
  metaBytes: MIB,
  keptBytes: 512 * MIB,
  // The largest public images have some 500,000 files.
  entries: 2_000_000,
  depth: 1024,
  bytes: 256 * 1024 * MIB,
};
