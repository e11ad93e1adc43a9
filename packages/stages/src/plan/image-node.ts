import { posix } from 'node:path';
import type { Digest } from '@nx-linuxkit/oci';
import type { PackageOverrides } from './dockerfile/package-overrides.js';
import { folderOf } from './folder-name.js';
import { keyOf } from './key.js';
import { imageNodeName, imageWord } from './node-names.js';
import { platformWord } from './project-name.js';
import type { Settings } from './settings.js';

/** An image that the graph pulls, or a package that it makes. Systems share these nodes. */
export interface ImageNode {
  /** Its project name: `oci@nginx-0123456`, `pkg@images-app`. */
  readonly id: string;
  /** Its project root, relative to the workspace; the folder need not exist. */
  readonly root: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly source: PulledImage | PackageImage;
}

/** An image of a registry, a Docker daemon or a file, pinned by the lock. */
export interface PulledImage {
  readonly kind: 'pulled';
  /** The digest of its manifest. */
  readonly digest: string;
  /** The reference to fetch it by, without its tag. */
  readonly from: string;
  /** The image's ID in a Docker daemon, where a tag may have moved to another image. */
  readonly imageID?: Digest;
}

/** An image that is made of a package folder. */
export interface PackageImage {
  readonly kind: 'package';
  /** Folder of its build.yml, relative to the workspace; absolute in a build without one. */
  readonly folder: string;
  /** What describes the package in its folder. Default: build.yml. */
  readonly file?: string;
  /** A hash of the files of a package that Nx does not watch, such as one that npm installed. */
  readonly pinned?: string;
  /** Whether the image has the records of its Debian packages, by the option `packages.records`. Default: true. */
  readonly records?: boolean;
  /** What a command says in place of build.yml. */
  readonly overrides?: PackageOverrides;
  /** Present for a package that is built from a Dockerfile. */
  readonly dockerfile?: DockerfileImage;
}

/** What decides an image that is built from a Dockerfile, beside the bytes of its folder's files. */
export interface DockerfileImage {
  /** A hash of arguments, labels, platform, network, base images, and of the names and modes in the context. */
  readonly key: string;
  /** The images that the Dockerfile names, each once. */
  readonly bases: readonly BaseNode[];
}

/** An image that a Dockerfile names. */
export interface BaseNode {
  /** As the Dockerfile has it, with its variables replaced. */
  readonly reference: string;
  readonly platform: string;
  readonly image: ImageNode;
}

/** Twelve digits of a digest keep the folders of images apart; the node's options carry all of it. */
const SHORT_DIGEST = 12;

/** Digits that keep apart the few sets of overrides that one package is built with. */
const OVERRIDES_DIGITS = 12;

/** The node of a pinned image for one platform. */
export function pulledNode(source: PulledImage, platform: string): ImageNode {
  const digits = source.digest.slice('sha256:'.length, 'sha256:'.length + SHORT_DIGEST);
  const word = folderOf(`${imageWord(source)}-${digits}-${platformWord(platform)}`);
  return { id: imageNodeName(source, platform), root: `.linuxkit/images/${word}`, platform, source };
}

/** A package that is made of Debian packages, as the option `packages.records` has it. */
export function withRecords(source: PackageImage, settings: Pick<Settings, 'packages'>): PackageImage {
  return settings.packages?.records === false ? { ...source, records: false } : source;
}

/** The node of a package for one platform. */
export function packageNode(source: PackageImage, platform: string): ImageNode {
  // pnpm and Plug'n'Play keep a package in a folder of their own: `node_modules/.pnpm/…/node_modules/<name>`.
  const folder = source.folder.replace(/^(.*\/)?node_modules\//, '').replace(/^(\.\.\/|\/)+/, '');
  // No folder can have the name of a file beside it, so no two packages share a node.
  const described = source.file === undefined ? folder : posix.join(folder, source.file);
  // The same package without overrides may be the base of another one.
  const overridden = source.overrides ? `-${keyOf(source.overrides).slice(0, OVERRIDES_DIGITS)}` : '';
  const word = `${described}-${platformWord(platform)}${overridden}`;
  // A reference to the archive below this root would end at a colon.
  const root = `.linuxkit/packages/${word.replace(/[%:]/g, encodeURIComponent)}`;
  return { id: `${imageNodeName(source, platform)}${overridden}`, root, platform, source };
}

/** What a key says about an image: its digest, or its package, whose files Nx and the stage hash. */
export function imageKey({ source, platform }: ImageNode): string {
  return source.kind === 'pulled' ? source.digest : packageKey(source, platform);
}

/** Systems share packages, and each system asks for a package's key once for each format. */
const packageKeys = new WeakMap<PackageImage, Map<string, string>>();

function packageKey(source: PackageImage, platform: string): string {
  const known = packageKeys.get(source) ?? new Map<string, string>();
  packageKeys.set(source, known);
  const key = known.get(platform) ?? keyOf(packageParts(source, platform));
  known.set(platform, key);
  return key;
}

function packageParts(
  { folder, file, pinned, dockerfile, records = true }: PackageImage,
  platform: string,
): unknown[] {
  const more = dockerfile ? [file ?? null, dockerfile.key] : records ? [] : ['without records'];
  return [folder, pinned ?? null, platform, ...more];
}
