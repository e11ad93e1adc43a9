import { formatLabel } from '@nx-linuxkit/spec';
import { DEFAULT_MTIME } from '../contents/inodes.js';
import type { ImageParts } from './oci-archive.js';

/** LinuxKit reads a container's defaults from this label. */
const LABEL = 'org.mobyproject.config';
const CREATED = new Date(DEFAULT_MTIME * 1000).toISOString().replace('.000Z', 'Z');

/** The OCI image config; keys in the order of the specification. */
export function imageConfig({ build, contents, architecture }: ImageParts, diffID: string): object {
  const { entrypoint, cmd, env, workdir, labels } = contents;
  const all = { ...labels, ...(build.config ? { [LABEL]: formatLabel(build.config) } : {}) };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  return {
    created: CREATED,
    architecture,
    os: 'linux',
    config: {
      Env: env ?? ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
      Entrypoint: entrypoint,
      Cmd: cmd,
      WorkingDir: workdir,
      Labels: Object.keys(sorted).length > 0 ? sorted : undefined,
    },
    rootfs: { type: 'layers', diff_ids: [diffID] },
    history: [{ created: CREATED, created_by: 'nx-linuxkit' }],
  };
}
