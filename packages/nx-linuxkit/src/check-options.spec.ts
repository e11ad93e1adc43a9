import { describe as describeError } from '@nx-linuxkit/errors';
import { checkOptions } from './check-options.js';
import type { PluginOptions } from './options.js';

const EVERY: Required<PluginOptions> = {
  outputs: ['tar', 'kernel+initrd'],
  images: { 'linuxkit/init': '@pkg:@nx-linuxkit/images/init', 'a/': ['@pkg:./pkg/', 'r.example/'] },
  mirrors: { '*': ['http://localhost:5000'] },
  insecure: ['10.0.0.0/8'],
  caFile: 'ca.pem',
  minimumRate: 0,
  transferTimeout: 1.5,
  docker: true,
  storeLimit: 0.5,
  compressor: 'zstd',
  loaders: { isolinux: '@pkg:loader' },
  imagePrivileges: 'deny',
  privilegedImages: ['linuxkit/getty'],
  packages: { folders: ['pkg'], builder: 'buildah', platforms: ['linux/arm64'], records: false },
  frozen: false,
  immutable: ['registry.example/team/*:*'],
  decompressKernel: true,
  sbom: 'usr/share/sbom.spdx.json',
  filesOverrideParents: true,
  signatures: { default: 'warn' },
  secureBoot: { certificate: 'db.pem', command: ['sign.sh'], identity: 'kms:db', enrol: true },
  trustedCache: false,
  targetNames: { docker: 'os-docker' },
  targetPrefix: 'os-',
  store: '.store',
  debianMirror: 'http://deb.example.org/debian',
  strict: true,
  include: ['images/out/*.yml'],
  sign: { key: 'cosign.key', passwordVariable: 'PASSWORD' },
};

const errorOf = (options: unknown): string => {
  try {
    checkOptions(options);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad-option', where: { file: 'nx.json' } });
    return describeError(error);
  }
  return 'accepted';
};

it('every option of the right type is accepted, and so are none', () => {
  expect(errorOf(EVERY)).toBe('accepted');
  expect(errorOf({})).toBe('accepted');
  expect(errorOf({ docker: undefined })).toBe('accepted');
});

it.each(Object.keys(EVERY))('%s: null and a value of another type are refused by name', (name) => {
  const isList = Array.isArray(EVERY[name as keyof PluginOptions]);
  for (const [value, got] of [[null, 'null'], isList ? [{}, 'an object'] : [['a'], 'a list']] as const) {
    const error = errorOf({ [name]: value });
    expect(error).toMatch(new RegExp(`^nx.json: the plugin's option ${name}: expected .+, got ${got}\n`));
    expect(error).toMatch(
      /hint: Correct "options" beside "plugin": "nx-linuxkit"; docs\/\S+ has every option\.$/,
    );
  }
});

it.each([
  [
    { insecur: ['a'] },
    'the plugin has no option "insecur", did you mean "insecure"? (known: outputs, images,',
  ],
  [{ images: { 'a/': ['b/', 1] } }, `option images["a/"][1]: expected a text, got 1`],
  [{ images: { 'a/': 1 } }, `option images["a/"]: expected a text, got 1`],
  [{ colour: 1 }, 'the plugin has no option "colour" (known: '],
  [{ docker: 'yes' }, `option docker: expected true or false, without quotes, got the text "yes"`],
  [{ minimumRate: '1024' }, 'option minimumRate: expected a number, 0 or more, got the text "1024"'],
  [{ transferTimeout: 0 }, 'option transferTimeout: expected a number, 1 or more, got 0'],
  [{ storeLimit: '20GB' }, 'option storeLimit: expected a number, 0 or more, got the text "20GB"'],
  [{ insecure: 'a:5000' }, 'option insecure: expected a list, got the text "a:5000"'],
  [{ insecure: ['a', 5000] }, 'option insecure[1]: expected a text, got 5000'],
  [{ mirrors: { 'docker.io': 'a' } }, 'option mirrors["docker.io"]: expected a list, got the text "a"'],
  [
    { compressor: 'zst' },
    'option compressor: expected one of gzip, zstd, none, got the text "zst", did you mean "zstd"?',
  ],
  [{ outputs: ['iso-boot'] }, 'option outputs[0]: expected one of kernel+initrd, '],
  [
    { loaders: { isolinx: 'a' } },
    `the plugin's option loaders has no option "isolinx", did you mean "isolinux"?`,
  ],
  [{ sign: { keyFile: 'a' } }, `the plugin's option sign has no option "keyFile"`],
  [['docker'], "the plugin's options: expected an object, got a list"],
  ['docker', `the plugin's options: expected an object, got the text "docker"`],
])('%j: says what is wrong', (options, told) => expect(errorOf(options)).toContain(told));

it('all that is wrong is said at once, one line each', () =>
  expect(errorOf({ dockr: true, frozen: 1, store: '' }).split('\n')).toEqual([
    expect.stringMatching(/^nx.json: the plugin has no option "dockr", did you mean "docker"\?/),
    "the plugin's option frozen: expected true or false, without quotes, got 1",
    `the plugin's option store: expected a text, got the text ""`,
    expect.stringContaining('hint:'),
  ]));
