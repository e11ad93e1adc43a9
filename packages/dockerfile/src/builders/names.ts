/** The builders, in the order in which they are looked for. */
export const builderNames = ['buildkit', 'buildx', 'buildah', 'podman', 'docker'] as const;

/** The environment variable that names a builder in place of the option `packages.builder`. */
export const BUILDER_VARIABLE = 'NX_LINUXKIT_BUILDER';

/** One of `builderNames`. */
export type BuilderName = (typeof builderNames)[number];
