import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPluginOptions } from './check-plugin-options.js';
import type { PluginOptions } from './options.js';

const GOOD: Required<PluginOptions> = {
  outputs: ['iso-efi', 'tar'],
  images: { 'linuxkit/': 'mirror.test/linuxkit/' },
  mirrors: { 'docker.io': ['https://mirror.test'] },
  insecure: ['10.0.0.0/8'],
  caFile: 'ca.pem',
  minimumRate: 0,
  transferTimeout: 60,
  docker: true,
  compressor: 'zstd',
  loaders: {},
  imagePrivileges: 'deny',
  privilegedImages: ['linuxkit/'],
  frozen: false,
  decompressKernel: true,
  filesOverrideParents: false,
  signatures: { images: {} } as never,
  trustedCache: false,
  store: 'store',
  debianMirror: 'https://mirror.test/debian',
  strict: true,
  sign: { key: 'cosign.key' },
};

const root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-options-'));
afterAll(() => rmSync(root, { recursive: true }));

test.each(Object.entries(GOOD))('%s takes a value of its type', (name, value) => {
  expect(() => checkPluginOptions({ [name]: value }, root)).not.toThrow();
});

test.each(Object.keys(GOOD))('%s refuses a value of another type', (name) => {
  for (const value of [null, [1]]) {
    expect(() => checkPluginOptions({ [name]: value }, root)).toThrow(
      expect.objectContaining({
        code: 'bad-option',
        message: expect.stringContaining(`plugin option ${name}`),
      }),
    );
  }
});

test('an option that does not exist is named with the nearest name and its place', () => {
  writeFileSync(join(root, 'nx.json'), '{\n  "plugins": [{ "options": { "debianMiror": "x" } }]\n}\n');
  expect(() => checkPluginOptions({ debianMiror: 'x' }, root)).toThrow(
    expect.objectContaining({
      code: 'unknown-option',
      message: 'the plugin has no option debianMiror, did you mean debianMirror?',
      where: { file: 'nx.json', line: 2, column: 30 },
    }),
  );
});
