import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Workspace } from './workspace.js';

/** What builds keep for the target `why` has its checksum in itself, because it is replaced with each build. */
const HISTORY = /[\\/]derived[\\/]history[\\/][0-9a-f]{64}$/;

/**
 * Lists what a failed build must not leave: blobs whose bytes do not match their name, derived files without a seal,
 * outputs that differ from their seal, and temporary files.
 */
export function leftovers(workspace: Workspace): string[] {
  return [
    ...filesBelow(join(workspace.store, 'blobs')).filter((path) => sha256(path) !== basename(path)),
    ...filesBelow(join(workspace.store, 'derived')).filter(
      (path) => !path.endsWith('.seal') && !existsSync(`${path}.seal`) && !HISTORY.test(path),
    ),
    ...filesBelow(workspace.path('.linuxkit'))
      .filter((path) => path.endsWith('stage.json'))
      .flatMap(unlikeSealed),
    ...filesBelow(workspace.path('.linuxkit')).filter((path) => path.includes('.tmp/')),
    ...filesBelow(workspace.path('dist')).filter((path) => path.includes('.tmp/')),
  ];
}

function unlikeSealed(seal: string): string[] {
  const { files } = JSON.parse(readFileSync(seal, 'utf8')) as { files: Record<string, { sha256: string }> };
  return Object.entries(files)
    .map(([name, { sha256: expected }]) => ({ path: join(seal, '..', name), expected }))
    .filter(({ path, expected }) => !existsSync(path) || sha256(path) !== expected)
    .map(({ path }) => path);
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

function filesBelow(dir: string): string[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
