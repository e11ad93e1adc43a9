/** The builders, in the order in which they are looked for. */
export const builderNames = ['buildkit', 'buildx', 'buildah', 'podman', 'docker'] as const;

/** One of `builderNames`. */
export type BuilderName = (typeof builderNames)[number];
