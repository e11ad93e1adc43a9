import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { contentsFor, readBuild, readLock as readPackageLock } from '@nx-linuxkit/debian';
import { formatLock, readLock } from '@nx-linuxkit/oci';
import { idMap, readOs } from '@nx-linuxkit/spec';
import { mutateJson } from '../mutate-json.js';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const file = (path: string) => readFileSync(join(__dirname, '..', '..', '..', path));

/** The YAML of a system. */
export const yaml: Target = {
  name: 'yaml',
  sample: 2_500,
  faults: {
    SpecError: [
      ...['bad-yaml', 'bad-document', 'bad-value', 'duplicate-name', 'unknown-name'],
      ...['unreadable-file', 'circular-extends'],
    ],
  },
  seeds: async () =>
    ['examples/minimal', 'examples/redis-os', 'examples/my-os'].map((path) => file(`${path}/linuxkit.yml`)),
  mutate: mutateText,
  read(input) {
    const os = readOs('linuxkit.yml', (path) => {
      if (path === 'linuxkit.yml') return input.toString('utf8');
      throw new Error('no such file');
    });
    idMap(os);
  },
};

/** linuxkit.lock.json. */
export const lock: Target = {
  name: 'lock',
  sample: 20_000,
  faults: { OciError: ['invalid-lock'] },
  seeds: async () => [
    Buffer.from(
      formatLock({
        lockfileVersion: 1,
        images: {
          'nginx:1': {
            'linux/amd64': { digest: `sha256:${'a'.repeat(64)}`, index: `sha256:${'b'.repeat(64)}` },
          },
          'docker-daemon:app:1': {
            'linux/arm/v7': { digest: `sha256:${'c'.repeat(64)}`, imageID: `sha256:${'d'.repeat(64)}` },
          },
        },
      }),
    ),
  ],
  mutate: mutateJson,
  read(input) {
    const read = readLock(input.toString('utf8'), 'linuxkit.lock.json');
    const text = formatLock(read);
    if (formatLock(readLock(text, 'linuxkit.lock.json')) !== text)
      throw new Error('a lock that was accepted is not read back as it was');
  },
};

/** build.yml of a package folder. */
export const build: Target = {
  name: 'build',
  sample: 6_000,
  faults: { SpecError: ['bad-yaml', 'bad-document', 'bad-value'], DebianError: ['bad-build'] },
  seeds: async () => ['nginx', 'init', 'kernel', 'sshd'].map((name) => file(`images/${name}/build.yml`)),
  mutate: mutateText,
  read: (input) => void contentsFor(readBuild(input.toString('utf8'), 'build.yml'), 'amd64'),
};

/** build.lock.json of a package folder. */
export const buildLock: Target = {
  name: 'build-lock',
  sample: 6_000,
  faults: { DebianError: ['bad-lock'] },
  seeds: async () => [file('images/redis/build.lock.json')],
  mutate: mutateJson,
  read: (input) => void readPackageLock(input.toString('utf8'), 'build.lock.json'),
};
