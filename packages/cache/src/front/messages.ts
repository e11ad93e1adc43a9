/** What a worker is started with, as JSON. */
export interface WorkerSettings {
  readonly to?: string;
  readonly from: readonly string[];
  readonly key?: string;
  readonly requiredKeys: readonly string[];
  readonly insecure: readonly string[];
  readonly caFile?: string;
  /** Milliseconds. */
  readonly budget: number;
  /** Bytes per second. */
  readonly minimumRate: number;
  /** An empty folder. */
  readonly folder: string;
}

/** From the process that holds the port to the worker. */
export type ToWorker =
  | { readonly kind: 'find'; readonly id: number; readonly hash: string }
  | { readonly kind: 'store'; readonly hash: string; readonly file: string }
  | { readonly kind: 'end' };

/** From the worker; `ended` answers `end`, and `alive` comes every second with the bytes sent and received so far. */
export type FromWorker =
  | { readonly kind: 'found'; readonly id: number; readonly path?: string }
  | { readonly kind: 'stored'; readonly hash: string; readonly isStored: boolean }
  | { readonly kind: 'ended' }
  | { readonly kind: 'problem'; readonly text: string }
  | { readonly kind: 'alive'; readonly up: number; readonly down: number };
