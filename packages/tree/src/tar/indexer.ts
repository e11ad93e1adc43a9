import type { LayerEntry } from '../layer/layer-index.js';
import type { TarLimits } from './limits.js';

export interface TarIndexerOptions {
  readonly limits?: Partial<TarLimits>;
  /** Added to every offset: where the tar itself lies in the layer, for a tar inside a layer. */
  readonly base?: number;
}

/** Push parser of an uncompressed tar: write the bytes in any chunks, `end` gives the entries. */
export class TarIndexer {
  constructor(_options: TarIndexerOptions = {}) {}

  write(_chunk: Uint8Array): void {
    throw new Error('not built');
  }

  /** Throws if the archive is cut short. */
  end(): LayerEntry[] {
    throw new Error('not built');
  }
}
