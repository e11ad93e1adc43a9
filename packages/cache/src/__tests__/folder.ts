import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes folders below one that is removed after the tests of a file. */
export function temporaryFolders(): () => string {
  const base = mkdtempSync(join(tmpdir(), 'nx-linuxkit-cache-'));
  afterAll(() => rmSync(base, { recursive: true, force: true, maxRetries: 5 }));
  return () => mkdtempSync(join(base, 'folder-'));
}
