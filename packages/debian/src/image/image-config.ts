import { formatLabel } from '@nx-linuxkit/spec';
import { DEFAULT_MTIME } from '@nx-linuxkit/tree';
import type { Architecture } from '../architecture.js';
import type { Build, Contents } from '../contents/model.js';

/** What decides an image's config, beside its layer. */
export interface ConfigParts {
  readonly build: Build;
  readonly contents: Contents;
  readonly architecture: Architecture;
}

/** LinuxKit reads a container's defaults from this label. */
const LABEL = 'org.mobyproject.config';
const CREATED = new Date(DEFAULT_MTIME * 1000).toISOString().replace('.000Z', 'Z');

/**
 * Makes the config of an image with one layer, with its keys in the order of the specification:
 * https://github.com/opencontainers/image-spec/blob/v1.1.1/config.md
 */
export function imageConfig({ build, contents, architecture }: ConfigParts, diffID: string): object {
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
