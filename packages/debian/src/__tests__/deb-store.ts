import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Store, type Digest } from '@nx-linuxkit/oci';
import { pieces } from './bytes.js';

/** A store in a folder that is removed after the spec file. */
export interface DebStore {
  readonly folder: string;
  readonly store: Store;
  /** Writes a .deb into the store, in pieces, and returns its digest. */
  put(bytes: Buffer): Promise<Digest>;
}

export function debStore(): DebStore {
  const folder = mkdtempSync(join(tmpdir(), 'deb-spec-'));
  const store = Store.open(join(folder, 'store'));
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    folder,
    store,
    async put(bytes) {
      const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as const;
      await store.write({ digest, size: bytes.length }, pieces(bytes, 1000));
      return digest;
    },
  };
}
