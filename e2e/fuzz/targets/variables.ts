import { readOsList, readVariants } from '@nx-linuxkit/spec';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const FILE = 'linuxkit.yml';

const SEEDS = [
  `variables:
  VERSION: 1.10
  TARGET: {env: true}
  MODE: {default: "0644", env: true}
variants:
  debug: {TARGET: "x y"}
  release: {TARGET: web, VERSION: 2}
kernel: {image: "kernel:\${VERSION}", cmdline: "a=\${TARGET} b=$\${VERSION}"}
init:
  - "init:\${VERSION}"
services:
  - name: "s-\${TARGET}"
    image: web:\${VERSION}
    env: ["V=\${VERSION}"]
files:
  - {path: "etc/\${TARGET}", contents: "\${VERSION} \${MODE}", mode: "\${MODE}"}
outputs: [{format: tar}]
`,
  `variables: {BASE: base}
extends: ["\${BASE}.yml"]
init: ["i:\${BASE}"]
`,
];
const BASES = ['base.yml', 'x.yml'];

/** A YAML that declares variables and variants: each of its systems, with values from everywhere. */
export const variables: Target = {
  name: 'variables',
  sample: 1_000,
  faults: {
    SpecError: [
      ...['bad-yaml', 'bad-document', 'bad-value', 'duplicate-name', 'unknown-name', 'missing-value'],
      ...['unreadable-file', 'circular-extends'],
    ],
  },
  seeds: async () => SEEDS.map((text) => Buffer.from(text)),
  mutate: mutateText,
  read(input) {
    const load = (path: string) => {
      if (path === FILE) return input.toString('utf8');
      if (BASES.includes(path)) return 'variables: {VERSION: 1}\ninit: ["base:${VERSION}"]\n';
      throw new Error('no such file');
    };
    const asked = new Set<string>();
    const environment = askedFor({ TARGET: 'web' }, asked);
    for (const variant of readVariants([FILE], load, { environment })) {
      const os = readOsList([FILE], load, { environment, variant });
      // Only what a system lists is in the keys of what is built.
      const hidden = [...asked].filter((name) => !os.environment.includes(name));
      if (hidden.length > 0)
        throw new Error(`reads ${hidden.join(', ')} of the environment, and lists it not`);
      if (JSON.stringify(os) !== JSON.stringify(readOsList([FILE], load, { environment, variant })))
        throw new Error('another reading gives another system');
    }
  },
};

/** An environment that notes each name that it is asked for. */
function askedFor(values: Readonly<Record<string, string>>, asked: Set<string>): Record<string, string> {
  return new Proxy(values, {
    get(target, name) {
      asked.add(String(name));
      return Object.hasOwn(target, name) ? target[String(name)] : undefined;
    },
  });
}
