/** Debian's names, which are also the OCI platform's (`linux/amd64`, `linux/arm64`). */
export type Architecture = 'amd64' | 'arm64';

export const ARCHITECTURES: readonly Architecture[] = ['amd64', 'arm64'];
