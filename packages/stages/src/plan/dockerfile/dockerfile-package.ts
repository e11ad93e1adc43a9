import type { SavedImages } from './saved-images.js';

/** A package that is built from a Dockerfile, as its build.yml says it. */
export interface DockerfilePackage {
  /** Relative to the workspace. */
  readonly folder: string;
  /** What describes it, in its folder: `build.yml`, a variant `build-<name>.yml`, or a Dockerfile alone. */
  readonly file: string;
  /** Organisation and name: `linuxkit/sshd`. */
  readonly image: string;
  /** A Go template, in which `{{.Hash}}` is the hash of git. */
  readonly tag: string;
  /** Relative to the folder. */
  readonly dockerfile: string;
  /** For example `amd64`. */
  readonly arches: readonly string[];
  /** Values of ARG by name. */
  readonly args: Readonly<Record<string, string>>;
  /** Whether RUN has a network. */
  readonly network: boolean;
  /** Labels of the image beside those of the Dockerfile. */
  readonly labels: Readonly<Record<string, string>>;
  /** URL of the source repository. */
  readonly gitrepo?: string;
  /** Absolute paths of further folders by their path in the context. */
  readonly extraSources: Readonly<Record<string, string>>;
  /** Images that the context has as archives. */
  readonly savedImages?: SavedImages;
}

/** What a package is described by when it has no other file. */
export const DEFAULT_FILE = 'build.yml';
/** What describes a package that has no build.yml. */
export const PLAIN_DOCKERFILE = 'Dockerfile';
