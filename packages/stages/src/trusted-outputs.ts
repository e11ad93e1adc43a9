import { writeFile } from 'node:fs/promises';
import type { Store } from '@nx-linuxkit/oci';
import { keyOf } from './plan/key.js';
import type { Seal } from './seal.js';

/** Decides which sealed outputs count as results of their stages. */
export interface TrustedOutputs {
  /** Tells whether the files that a seal names may be used, if they are what it says. */
  trusts(seal: Seal): Promise<boolean>;
  /** Takes note of an output that this process has just made. */
  made(seal: Seal): Promise<void>;
}

/** Trusts every seal: whatever writes into the workspace, Nx's cache among others, is trusted for the outputs of tasks. */
export const EVERY_OUTPUT: TrustedOutputs = {
  trusts: async () => true,
  made: async () => undefined,
};

/**
 * Trusts outputs that were made with this store, and no others: the store notes the hash of each seal that a stage
 * wrote. A seal names the sha256 of its files, and whatever reads a file compares it, so that an output which a cache
 * brought back counts only where it is byte for byte what was made here before.
 */
export function outputsNotedIn(store: Store): TrustedOutputs {
  return {
    trusts: async (seal) => (await store.find('result', noteOf(seal))) !== undefined,
    made: async (seal) => void (await store.put('result', noteOf(seal), (path) => writeFile(path, ''))),
  };
}

function noteOf(seal: Seal): string {
  return `${keyOf(seal)}-made`;
}
