import { posix } from 'node:path';
import type { ImageNode, PackageImage, PulledImage } from './os-plan.js';
import { keyOf } from './key.js';
import { platformWord } from './project-name.js';

/** Twelve digits of a digest name a node for people; the node's options carry all of it. */
const SHORT_DIGEST = 12;

export function pulledNode(source: PulledImage, platform: string): ImageNode {
  const digits = source.digest.slice('sha256:'.length, 'sha256:'.length + SHORT_DIGEST);
  const word = `${repositoryWord(source.from)}-${digits}-${platformWord(platform)}`;
  return { id: `oci/${word}`, root: `.linuxkit/images/${word}`, platform, source };
}

export function packageNode(source: PackageImage, platform: string): ImageNode {
  const folder = source.folder.replace(/^(\.\.\/|node_modules\/)+/, '');
  const word = `${folder}-${platformWord(platform)}`;
  return { id: `pkg/${word}`, root: `.linuxkit/packages/${word}`, platform, source };
}

/** What a key says of an image: the digest, or the package, whose files Nx and the stage hash. */
export function imageKey({ source, platform }: ImageNode): string {
  return source.kind === 'pulled' ? source.digest : packageKey(source, platform);
}

/** Systems share packages, and each system has a key for each format. */
const packageKeys = new WeakMap<PackageImage, Map<string, string>>();

function packageKey(source: PackageImage, platform: string): string {
  const known = packageKeys.get(source) ?? new Map<string, string>();
  packageKeys.set(source, known);
  const key = known.get(platform) ?? keyOf([source.folder, source.pinned ?? null, platform]);
  known.set(platform, key);
  return key;
}

/** The last word of a reference, fit for a project name: `localhost:5000/a/nginx` is `nginx`. */
function repositoryWord(reference: string): string {
  const path = reference.replace(/^[a-z-]+:(?=[./])/, '');
  const word = posix.basename(path).replace(/[:@].*$/, '');
  return word.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^-+|-+$/g, '') || 'image';
}
