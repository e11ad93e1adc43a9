import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sealText, sha256, type Seal } from '../seal.js';

/** Seals of stages with facts of any form. */
type AnySeal = Seal<Record<string, unknown>>;

/**
 * Replaces a file of a stage's output, and seals the output again under its old key: what a person can do who writes to
 * Nx's cache. `facts` changes the small results in the seal.
 */
export function poison(
  folder: string,
  file: string,
  change: (bytes: Buffer) => Buffer,
  facts: (facts: AnySeal['facts'], sealed: { size: number; sha256: string }) => AnySeal['facts'] = (same) =>
    same,
): void {
  const path = join(folder, file);
  const bytes = change(readFileSync(path));
  if (bytes.equals(readFileSync(path))) throw new Error(`${path} stayed as it was`);
  replace(path, bytes);
  const seal = JSON.parse(readFileSync(join(folder, 'stage.json'), 'utf8')) as AnySeal;
  const sealed = { size: bytes.length, sha256: sha256(bytes) };
  const changed = { ...seal, files: { ...seal.files, [file]: sealed }, facts: facts(seal.facts, sealed) };
  replace(join(folder, 'stage.json'), Buffer.from(sealText(changed)));
}

/** Writes a new file in the place of one that may be read-only or have other links. */
export function replace(path: string, bytes: Uint8Array): void {
  if (existsSync(path)) chmodSync(path, 0o644);
  rmSync(path, { force: true });
  writeFileSync(path, bytes);
}

/** Changes one byte in the middle. */
export function flip(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  changed[changed.length >> 1] ^= 1;
  return changed;
}

/** The facts of a segment whose parts have ids that no store has, so that the segment is read as a file. */
export function withoutPartIds(facts: Record<string, unknown>): Record<string, unknown> {
  const parts = facts.parts as object[];
  return { ...facts, parts: parts.map((part) => ({ ...part, id: 'unknown' })) };
}

/** Replaces a text by another one. */
export function put(from: string, to: string): (bytes: Buffer) => Buffer {
  return (bytes) => Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1');
}

/** The only folder with an output of a stage, by the start of its node's path. */
export function outputFolder(root: string, node: string, stage: string): string {
  const found = readdirSync(join(root, '.linuxkit'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.startsWith(node) && path.endsWith(join(stage, 'stage.json')))
    .map((path) => join(root, '.linuxkit', path, '..'));
  if (found.length !== 1) throw new Error(`${found.length} outputs of ${stage} below ${node}`);
  return found[0];
}
