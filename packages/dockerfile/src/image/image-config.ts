import { canonicalConfig, type ContainerConfig } from '../evaluate/container-config.js';

/** One entry of the history. https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md */
export interface History {
  readonly created?: string;
  readonly created_by?: string;
  readonly empty_layer?: boolean;
}

/** What decides an image's config. */
export interface ImageConfigParts {
  /** Such as `linux/arm64/v8`. */
  readonly platform: string;
  readonly config: ContainerConfig;
  readonly diffIDs: readonly string[];
  readonly history: readonly History[];
  /** Seconds since 1970. */
  readonly created: number;
}

/** The config of an image, with its keys in the order of the specification. */
export function imageConfig({ platform, config, diffIDs, history, created }: ImageConfigParts): object {
  const [os, architecture, variant] = platform.split('/');
  return {
    created: rfc3339(created),
    architecture,
    ...(variant && { variant }),
    os,
    config: canonicalConfig(config),
    rootfs: { type: 'layers', diff_ids: diffIDs },
    history,
  };
}

/** A time as Go writes it. */
export function rfc3339(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
}
