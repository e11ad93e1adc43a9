/** A processor by Debian's name, which is also its name in an OCI platform (`linux/amd64`, `linux/arm64`). */
export type Architecture = 'amd64' | 'arm64';

/** All architectures that images are built for. */
export const ARCHITECTURES: readonly Architecture[] = ['amd64', 'arm64'];
