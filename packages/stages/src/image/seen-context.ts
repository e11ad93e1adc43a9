import { statSync } from 'node:fs';
import { sightingOf } from '@nx-linuxkit/oci';
import { contextFiles, contextHash } from '../plan/dockerfile/context-hash.js';
import type { PackageInputs } from '../plan/dockerfile/package-inputs.js';

/** A build context whose bytes were hashed. */
export interface SeenContext {
  /** `contextHash` of it. */
  readonly hash: string;
  /** By what its files are recognised; undefined where one changed just before it was read. */
  readonly sighting?: string;
}

/** Hashes a build context, and notes by what its files are recognised. Throws the error of a file that cannot be read. */
export function seeContext(workspaceRoot: string, inputs: PackageInputs): SeenContext {
  // Files are looked at before they are read: a change in between shows later.
  const sighting = sightingsIn(workspaceRoot, inputs);
  return { hash: contextHash(workspaceRoot, inputs), sighting };
}

/** Tells whether a context still has the same bytes. Files are read again only if one of them looks otherwise. */
export function isSameContext(before: SeenContext, workspaceRoot: string, inputs: PackageInputs): boolean {
  if (before.sighting !== undefined && before.sighting === sightingsIn(workspaceRoot, inputs)) return true;
  return contextHash(workspaceRoot, inputs) === before.hash;
}

function sightingsIn(workspaceRoot: string, inputs: PackageInputs): string | undefined {
  const seen = contextFiles(workspaceRoot, inputs).map(([path, source]) => {
    const { identity, settled } = sightingOf(statSync(source, { bigint: true }));
    return { settled, text: `${path}\0${identity}` };
  });
  return seen.every(({ settled }) => settled) ? seen.map(({ text }) => text).join('\n') : undefined;
}
