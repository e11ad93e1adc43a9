import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPackageFile } from '../../../packages/stages/src/plan/dockerfile/package-file.js';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const BUILD = `image: app
org: registry.example:5000/acme
tag: "v1-{{.Hash}}"
dockerfile: Dockerfile.app
arches: [amd64, arm64]
extra-sources:
  - ../shared:/shared
  - ./more:more/of/it
gitrepo: https://example.com/app
network: true
disable-cache: true
buildArgs:
  - VERSION=1.2
  - "EMPTY="
config:
  binds: [/etc/resolv.conf:/etc/resolv.conf]
  capabilities: [CAP_NET_ADMIN]
  runtime: {mkdir: [/var/lib/app]}
`;

let root: string | undefined;

/** build.yml of a folder that has a Dockerfile. */
export const buildOfDockerfile: Target = {
  name: 'build-of-dockerfile',
  sample: 1_500,
  faults: {
    SpecError: ['bad-yaml', 'bad-document', 'bad-value'],
    StageError: ['missing-file', 'unusable-path', 'unsupported'],
  },
  seeds: async () => [BUILD, 'image: app\n', 'image: app\nconfig: {}\n'].map((text) => Buffer.from(text)),
  mutate: mutateText,
  read(input) {
    root ??= packageFolder();
    writeFileSync(join(root, 'pkg/build.yml'), input);
    const found = readPackageFile(root, 'pkg', 'build.yml');
    if (!found) return;
    const { image, tag, dockerfile, arches, args, labels, extraSources } = found;
    const values: unknown[] = [...arches, ...Object.values(args), ...Object.values(labels)];
    for (const text of [image, tag, dockerfile, ...values])
      if (typeof text !== 'string') throw new Error(`accepted ${JSON.stringify(text)} for a text`);
    for (const path of [dockerfile, ...Object.keys(extraSources)])
      if (/^\/|(^|\/)\.\.(\/|$)|\0/.test(path)) throw new Error(`accepted the path ${JSON.stringify(path)}`);
  },
};

function packageFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'nx-linuxkit-fuzz-'));
  mkdirSync(join(made, 'pkg'));
  for (const name of ['Dockerfile', 'Dockerfile.app'])
    writeFileSync(join(made, 'pkg', name), 'FROM scratch\n');
  return made;
}
