/** Where the data of a file lie. */
export interface FileData {
  /** Offset of the first block in bytes. */
  readonly start: number;
  /** Stored sizes of the blocks; 0 stands for a block of zeros, which is not stored. */
  readonly sizes: readonly number[];
  /** Bytes in all blocks of zeros. */
  readonly sparse: number;
  /** Where the file lies in a fragment block, if it is smaller than a block. */
  readonly fragment?: { readonly index: number; readonly offset: number };
}

const NO_BLOCKS: readonly number[] = [];

/** The data of a file in a fragment block. Large trees have many of these. */
export class SmallFileData implements FileData {
  readonly #index: number;
  readonly #offset: number;

  constructor({ index, offset }: NonNullable<FileData['fragment']>) {
    this.#index = index;
    this.#offset = offset;
  }

  get start(): number {
    return 0;
  }

  get sizes(): readonly number[] {
    return NO_BLOCKS;
  }

  get sparse(): number {
    return 0;
  }

  get fragment(): FileData['fragment'] {
    return { index: this.#index, offset: this.#offset };
  }
}

/** A block that several small files share. */
export interface Fragment {
  /** Offset in bytes. */
  readonly start: number;
  /** Stored size, with a flag if it is uncompressed. */
  readonly size: number;
}

/** Where the data of all files lie. */
export interface WrittenData {
  /** By the id of a file's node; nothing for other types and for empty files. */
  readonly files: readonly (FileData | undefined)[];
  readonly fragments: readonly Fragment[];
  /** Offset of the byte behind the data. */
  readonly end: number;
}
