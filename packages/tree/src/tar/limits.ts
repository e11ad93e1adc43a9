/** What a hostile archive may make us hold or do. All are inclusive maxima. */
export interface TarLimits {
  /** Bytes of one PAX or GNU long name record: as node-tar's maxMetaEntrySize. */
  readonly metaBytes: number;
  /** Bytes of names, link targets and xattrs that are kept, over the whole archive. */
  readonly keptBytes: number;
  readonly entries: number;
  /** Components of a path. */
  readonly depth: number;
  /** Bytes of the uncompressed archive. */
  readonly bytes: number;
}

const MIB = 2 ** 20;

export const DEFAULT_TAR_LIMITS: TarLimits = {
  metaBytes: MIB,
  keptBytes: 512 * MIB,
  // the largest public images have some 500,000 files
  entries: 2_000_000,
  depth: 1024,
  bytes: 256 * 1024 * MIB,
};
