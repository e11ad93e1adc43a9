import { formatWhere } from '@nx-linuxkit/errors';
import { fileKind, fileMode, readOs, readOsList, SpecError, type OsSpec, type ReadOptions } from './index.js';

const load = (files: Record<string, string>) => (path: string) => {
  if (path in files) return files[path];
  throw new Error(`ENOENT ${path}`);
};

const read = (text: string, options?: ReadOptions) => readOs('x.yml', () => text, options);

function failure(run: () => unknown): SpecError {
  try {
    run();
  } catch (error) {
    if (error instanceof SpecError) return error;
    throw error;
  }
  throw new Error('expected an error, got none');
}

describe('what LinuxKit accepts', () => {
  it.each([
    ['nothing', '{}'],
    ['trust', 'trust: {image: [a], org: [b]}'],
    ['outputs of the oldest documents', 'outputs: [{format: gcp-img, bucket: b, project: p, public: true}]'],
    ['a volume without a name', 'volumes: [{name: ""}]'],
    ['a kernel without an image', 'kernel: {cmdline: x}'],
    ['contents that start with @', 'files: [{path: a, contents: "@daily"}]'],
    ['yes, on, no, off and y as strings', 'services: [{name: on, image: yes, env: [no, off], hostname: y}]'],
    ['the same name in onboot twice', 'onboot: [{name: a, image: a}, {name: a, image: a}]'],
    ['a symlink with contents', 'files: [{path: a, symlink: b, contents: c}]'],
    ['blockIO', 'services: [{name: a, image: a, resources: {blockIO: {weight: 5}}}]'],
  ])('%s', (_, text) => expect(() => read(text)).not.toThrow());
});

/** The text, the place of the error, its code, and a part of its message. */
const REFUSED: [string, string, string, string][] = [
  ['onbot: []', '1:1', 'bad-document', 'did you mean "onboot"? (allowed: extends, kernel, init,'],
  ['system: []', '1:1', 'bad-document', 'did you mean "onboot"?'],
  ['daemon: []', '1:1', 'bad-document', 'did you mean "services"?'],
  ['zzz: []', '1:1', 'bad-document', 'unknown key "zzz" in the document (allowed:'],
  ['kernel:\n  imgae: x', '2:3', 'bad-document', 'did you mean "image"?'],
  ['services:\n  - name: a', '2:5', 'bad-document', 'services[0] lacks the key "image"'],
  ['services: [{image: a}]', '1:12', 'bad-document', 'lacks the key "name"'],
  ['init: x', '1:7', 'bad-document', 'init: expected a list, got the string "x"'],
  ['init: [{image: x}]', '1:8', 'bad-document', 'init[0]: expected a string, got a mapping'],
  ['services:', '1:1', 'bad-document', 'services: expected a list, got nothing'],
  [
    'onboot:\n- {name: a, image: a, readonly: yes}',
    '2:33',
    'bad-document',
    'expected true or false, got the string "yes"',
  ],
  [
    'onboot:\n- {name: a, image: a, sysctl: {b: 1}}',
    '2:35',
    'bad-document',
    'onboot[0].sysctl.b: expected a string, got 1',
  ],
  [
    'onboot:\n- {name: a, image: a, uid: [1]}',
    '2:28',
    'bad-document',
    'expected a string or an integer, got a list',
  ],
  [
    'onboot:\n- {name: a, image: a, oomScoreAdj: x}',
    '2:36',
    'bad-document',
    'expected an integer, got the string "x"',
  ],
  [
    'onboot:\n- {name: a, image: a, devices: [{mode: 0666}]}',
    '2:40',
    'bad-document',
    'expected a string, got 0666',
  ],
  [
    'onboot:\n- {name: a, image: a, runtime: {interface: []}}',
    '2:33',
    'bad-document',
    'did you mean "interfaces"?',
  ],
  [
    'onboot:\n- {name: a, image: a, resources: {cpu: {shares: -1}}}',
    '2:49',
    'bad-document',
    'expected an unsigned integer of 64 bits, got -1',
  ],
  [
    'files: [{path: a, mode: 0644, contents: ""}]',
    '1:25',
    'bad-document',
    'files[0].mode: expected a string, got 0644',
  ],
  [
    'volumes: [{name: a, format: ocii}]',
    '1:29',
    'bad-document',
    'did you mean "oci"? (allowed: filesystem, oci)',
  ],
  ['files: [{path: a, metadata: xml}]', '1:29', 'bad-document', 'allowed: yaml, json'],
  ['outputs: [{bucket: b}]', '1:11', 'bad-document', 'outputs[0] lacks the key "format"'],
  ['outputs: [{format: iso-bois}]', '1:20', 'bad-value', 'did you mean "iso-bios"? (allowed: iso-bios, tar)'],
  ['platforms: [amd64]', '1:13', 'bad-value', 'expected os/arch[/variant], got "amd64"'],
  ['platforms: []', '1:12', 'bad-value', 'expected at least one platform'],
  [
    'services:\n- {name: a, image: x}\n- {name: a, image: y}',
    '3:10',
    'duplicate-name',
    'services[1].name: the name "a" is already taken by services[0]',
  ],
  ['volumes: [{name: a}, {name: a}]', '1:29', 'duplicate-name', 'volumes[1].name'],
  ['volumes: [{name: A B}]', '1:18', 'bad-value', 'a volume cannot be named "A B"'],
  [
    'kernel: {image: "a b"}',
    '1:17',
    'bad-value',
    'kernel.image: expected a reference of an image, got "a b"',
  ],
  ['init: [""]', '1:8', 'bad-value', 'init[0]: expected a reference'],
  ['init: ["@foo:x"]', '1:8', 'bad-value', 'unknown template "@foo:x"'],
  ['volumes: [{name: a, image: "x y"}]', '1:28', 'bad-value', 'volumes[0].image'],
  ['onboot: [{name: a/b, image: x}]', '1:17', 'bad-value', 'a container cannot be named "a/b"'],
  ['onboot: [{name: "", image: x}]', '1:17', 'bad-value', 'a container cannot be named ""'],
  ['onboot: [{name: .., image: x}]', '1:17', 'bad-value', 'a container cannot be named ".."'],
  [
    'onboot: [{name: a, image: x, capabilities: [CAP_CHWON]}]',
    '1:45',
    'bad-value',
    'unknown capability "CAP_CHWON"',
  ],
  [
    'onboot: [{name: a, image: x, capabilities: [all, CAP_CHOWN]}]',
    '1:45',
    'bad-value',
    'unknown capability "all"',
  ],
  [
    'onboot: [{name: a, image: x, capabilities: [cap_chown]}]',
    '1:45',
    'bad-value',
    'unknown capability "cap_chown"',
  ],
  ['onboot: [{name: a, image: x, ambient: [x]}]', '1:40', 'bad-value', 'unknown capability "x"'],
  [
    'onboot: [{name: a, image: x, binds: [/a]}]',
    '1:38',
    'bad-value',
    'expected source:destination[:options], got "/a"',
  ],
  ['onboot: [{name: a, image: x, binds: ["/a:/x:ro:z"]}]', '1:38', 'bad-value', 'onboot[0].binds[0]'],
  ['onboot: [{name: a, image: x, binds.add: [/a]}]', '1:42', 'bad-value', 'onboot[0].binds.add[0]'],
  ['onboot: [{name: a, image: x, tmpfs: ["/x:a:b"]}]', '1:38', 'bad-value', 'expected destination[:options]'],
  [
    'onboot: [{name: a, image: x, mounts: [{source: foo, destination: /x}]}]',
    '1:39',
    'bad-value',
    'needs a type',
  ],
  ['onboot: [{name: a, image: x, mounts: [{type: tmpfs}]}]', '1:39', 'bad-value', 'needs a destination'],
  [
    'onboot: [{name: a, image: x, devices: [{path: /dev/x}]}]',
    '1:40',
    'bad-value',
    'expected a mode in octal, got nothing',
  ],
  [
    'onboot: [{name: a, image: x, devices: [{path: /dev/x, mode: "-1"}]}]',
    '1:40',
    'bad-value',
    'expected a mode in octal, got "-1"',
  ],
  [
    'onboot: [{name: a, image: x, devices: [{path: /dev/x, mode: "0888"}]}]',
    '1:40',
    'bad-value',
    'got "0888"',
  ],
  ['onboot: [{name: a, image: x, rlimits: ["foo,1,2"]}]', '1:40', 'bad-value', 'unknown limit "foo"'],
  ['onboot: [{name: a, image: x, rlimits: ["nofile,1"]}]', '1:40', 'bad-value', 'expected name,soft,hard'],
  [
    'onboot: [{name: a, image: x, rlimits: ["nofile,1,18446744073709551616"]}]',
    '1:40',
    'bad-value',
    'expected a number',
  ],
  ['onboot: [{name: a, image: x, uid: nobody}]', '1:35', 'unknown-name', 'no user or group "nobody"'],
  [
    'onboot: [{name: a, image: x, gid: -1}]',
    '1:35',
    'bad-value',
    'expected an id from 0 to 4294967295, got -1',
  ],
  ['onboot: [{name: a, image: x, additionalGids: [0, b]}]', '1:50', 'unknown-name', 'additionalGids[1]'],
  ['onboot: [{name: a, image: x, binds: ["vol:/x"]}]', '1:38', 'unknown-name', 'no volume "vol"'],
  [
    'volumes: [{name: v}]\nonboot: [{name: a, image: x, mounts: [{type: bind, source: w, destination: /x}]}]',
    '2:39',
    'unknown-name',
    'no volume "w"',
  ],
  [
    'volumes: [{name: v, readonly: true}]\nonboot: [{name: a, image: x, binds: ["v:/x"]}]',
    '2:38',
    'bad-value',
    'the volume "v" is read-only',
  ],
  [
    'volumes: [{name: v, readonly: true}]\nonboot: [{name: a, image: x, binds: ["v:/x:ro,rshared"]}]',
    '2:38',
    'bad-value',
    'read-only',
  ],
  [
    'onboot: [{name: a, image: x, resources: {hugepageLimits: [{pageSize: 7}]}}]',
    '1:59',
    'bad-value',
    'expected the size of a page',
  ],
  ['files: [{contents: x}]', '1:9', 'bad-value', 'a file needs a path'],
  ['files: [{path: /, directory: true}]', '1:16', 'bad-value', 'a file needs a path'],
  ['files: [{path: a/../../b, contents: x}]', '1:16', 'bad-value', 'leads out of the root file system'],
  [
    'files: [{path: a}]',
    '1:9',
    'bad-value',
    'needs one of directory, symlink, contents, source and metadata',
  ],
  ['files: [{path: a, contents: x, source: y}]', '1:9', 'bad-value', 'both contents and source'],
  ['files: [{path: a, directory: true, contents: ""}]', '1:9', 'bad-value', 'both directory and contents'],
  ['files: [{path: a, symlink: b, metadata: yaml}]', '1:9', 'bad-value', 'both symlink and metadata'],
  ['files: [{path: a, source: b, metadata: yaml}]', '1:9', 'bad-value', 'both source and metadata'],
  ['files: [{path: a, directory: true, source: b, symlink: c}]', '1:9', 'bad-value', 'directory and source'],
  [
    'files: [{path: a, directory: true, source: b, contents: ""}]',
    '1:9',
    'bad-value',
    'directory and contents',
  ],
  ['files: [{path: a, source: b, include: [c]}]', '1:39', 'bad-value', 'only a folder'],
  ['files: [{path: a, directory: true, rules: []}]', '1:43', 'bad-value', 'only a folder'],
  ['files: [{path: a, directory: true, source: b, include: [""]}]', '1:57', 'bad-value', 'got nothing'],
  ['files: [{path: a, directory: true, source: b, exclude: [./c]}]', '1:57', 'bad-value', 'matches nothing'],
  ['files: [{path: a, directory: true, source: b, exclude: ["#c"]}]', '1:57', 'bad-value', 'a comment'],
  [
    'files: [{path: a, directory: true, source: b, rules: [{mode: "9", match: []}]}]',
    '1:62',
    'bad-value',
    'expected a mode in octal',
  ],
  [
    'files: [{path: a, directory: true, source: b, rules: [{match: [c], gid: x}]}]',
    '1:73',
    'unknown-name',
    'no user or group "x"',
  ],
  ['files: [{path: a, directory: true, source: b, rules: [{}]}]', '1:55', 'bad-document', 'match'],
  ['files: [{path: a, contents: x, mode: "9"}]', '1:38', 'bad-value', 'expected a mode in octal'],
  ['files: [{path: a, contents: x, uid: someone}]', '1:37', 'unknown-name', 'no user or group "someone"'],
];

describe('what is refused', () => {
  it.each(REFUSED)('%j at %s', (text, place, code, message) => {
    const error = failure(() => read(text, { formats: ['iso-bios', 'tar'] }));
    expect(`${error.where?.line}:${error.where?.column}`).toBe(place);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it('is listed completely, each line with its place, in the order of the text', () => {
    const error = failure(() => read('onbot: []\nkernel:\n  img: a\n  tra: b\n'));
    expect(error.where).toEqual({ file: 'x.yml', line: 1, column: 1 });
    expect(error.message.split('\n').map((line) => line.slice(0, 30))).toEqual([
      'unknown key "onbot" in the doc',
      'x.yml:3:3: unknown key "img" i',
      'x.yml:4:3: unknown key "tra" i',
    ]);
  });

  it('is listed once where aliases repeat it', () => {
    const error = failure(() => read('onboot:\n- &a {name: a, image: "x y"}\n- *a\n- *a\n'));
    expect(error.message.split('\n')).toHaveLength(3);
  });
});

describe('the model', () => {
  it('has the defaults', () => {
    expect(read('{}')).toMatchObject({
      init: [],
      volumes: [],
      onboot: [],
      onshutdown: [],
      services: [],
      files: [],
      outputs: [],
      trust: { image: [], org: [] },
      platforms: ['linux/amd64'],
      documents: ['x.yml'],
    });
    expect(read('{}').kernel).toBeUndefined();
    expect(read('kernel: {image: k}').kernel).toEqual({
      image: 'k',
      cmdline: '',
      binary: 'kernel',
      tar: 'kernel.tar',
      written: {},
    });
    expect(read('volumes: [{}]').volumes).toEqual([{ name: '', readonly: false, format: 'filesystem' }]);
  });

  it.each(['none', ''])('has no modules if tar is "%s"', (tar) => {
    expect(read(`kernel: {image: k, tar: "${tar}"}`).kernel?.tar).toBe('');
  });

  it('keeps templates as they are written', () => {
    expect(read('init: ["@pkg:../init"]').init).toEqual(['@pkg:../init']);
  });

  it.each([
    ['{path: a, directory: true}', 'directory', 0o700],
    ['{path: a, directory: true, symlink: b}', 'directory', 0o700],
    ['{path: a, symlink: b, contents: c, mode: "0777"}', 'symlink', 0o777],
    ['{path: a, contents: ""}', 'contents', 0o600],
    ['{path: a, source: b, mode: "644"}', 'source', 0o644],
    ['{path: a, source: b, directory: true}', 'folder', 0o600],
    ['{path: a, metadata: json}', 'metadata', 0o600],
  ])('knows the kind and mode of %s', (text, kind, mode) => {
    const [file] = read(`files: [${text}]`).files;
    expect(fileKind(file)).toBe(kind);
    expect(fileMode(file)).toBe(mode);
  });
});

describe('several files', () => {
  const names = (os: OsSpec) => os.services.map(({ name }) => name);
  const service = (name: string, rest = '') => `services: [{name: ${name}, image: x${rest}}]`;

  it('come after the files that they extend, whose paths are relative to their folder', () => {
    const files = {
      'os/my.yml': `extends: [../base/a.yml, b.yml]\n${service('my')}`,
      'base/a.yml': `extends: [c.yml]\n${service('a')}`,
      'base/c.yml': service('c'),
      'os/b.yml': service('b'),
    };
    const os = readOs('os/my.yml', load(files));
    expect(names(os)).toEqual(['c', 'a', 'b', 'my']);
    expect(os.documents).toEqual(['base/c.yml', 'base/a.yml', 'os/b.yml', 'os/my.yml']);
    expect(formatWhere(os.where(['services', 1, 'name']))).toBe('base/a.yml:2:19');
    expect(formatWhere(os.where(['services', 3]))).toBe('os/my.yml:2:12');
    expect(formatWhere(os.where(['absent']))).toBe('os/my.yml:1:1');
  });

  it('are read once if two files extend them', () => {
    const files = {
      'a.yml': 'extends: [b.yml, c.yml]',
      'b.yml': 'extends: [d.yml]',
      'c.yml': 'extends: [./d.yml]',
      'd.yml': service('d'),
    };
    expect(names(readOs('a.yml', load(files)))).toEqual(['d']);
    expect(readOsList(['d.yml', 'a.yml'], load(files)).documents).toEqual([
      'd.yml',
      'b.yml',
      'c.yml',
      'a.yml',
    ]);
  });

  it('may not extend themselves', () => {
    const files = { 'a.yml': 'extends: [b.yml]', 'b.yml': 'extends:\n  - a.yml' };
    const error = failure(() => readOs('a.yml', load(files)));
    expect(error).toMatchObject({ code: 'circular-extends', message: 'a.yml extends b.yml extends a.yml' });
    expect(error.where).toEqual({ file: 'b.yml', line: 2, column: 5 });
  });

  it('must exist', () => {
    const error = failure(() => readOs('a.yml', load({ 'a.yml': 'extends: [gone.yml]' })));
    expect(error).toMatchObject({ code: 'unreadable-file', message: 'cannot read gone.yml' });
    expect(error.where).toEqual({ file: 'a.yml', line: 1, column: 11 });
    expect(failure(() => readOs('gone.yml', load({})))).toMatchObject({
      where: { file: 'gone.yml' },
      hint: 'Name a YAML file that is there and can be read.',
    });
  });

  it('override the kernel field by field, and an empty field overrides nothing', () => {
    const files = {
      'a.yml': 'kernel: {image: a, cmdline: x, tar: a.tar, ucode: u}',
      'b.yml': 'kernel: {image: "", cmdline: y, binary: b, tar: none}',
    };
    const os = readOsList(['a.yml', 'b.yml'], load(files));
    expect(os.kernel).toEqual({
      ...{ image: 'a', cmdline: 'y', binary: 'b', tar: '', ucode: 'u' },
      written: { binary: 'b', tar: 'none', ucode: 'u' },
    });
    expect(formatWhere(os.where(['kernel', 'image']))).toBe('a.yml:1:17');
    expect(formatWhere(os.where(['kernel', 'cmdline']))).toBe('b.yml:1:30');
  });

  it('see the volumes of each other', () => {
    const files = { 'a.yml': 'volumes: [{name: v}]', 'b.yml': service('s', ', binds: ["v:/x"]') };
    expect(() => readOsList(['a.yml', 'b.yml'], load(files))).not.toThrow();
  });

  it.each([
    [service('s'), 'duplicate-name', 'b.yml:1:19'],
    ['volumes: [{name: v}]', 'duplicate-name', 'b.yml:1:18'],
  ])('may not both have %s', (text, code, place) => {
    const error = failure(() => readOsList(['a.yml', 'b.yml'], load({ 'a.yml': text, 'b.yml': text })));
    expect(error.code).toBe(code);
    expect(formatWhere(error.where ?? { file: '' })).toBe(place);
  });

  it('join trust, and the last with outputs or platforms decides', () => {
    const files = {
      'a.yml':
        'trust: {image: [a], org: [o]}\noutputs: [{format: tar}, {format: docker}]\nplatforms: [linux/arm64]',
      'b.yml': 'trust: {image: [b]}\noutputs: [{format: iso-bios}]',
    };
    const os = readOsList(['a.yml', 'b.yml'], load(files));
    expect(os.trust).toEqual({ image: ['a', 'b'], org: ['o'] });
    expect(os.outputs).toEqual([{ format: 'iso-bios' }]);
    expect(os.platforms).toEqual(['linux/arm64']);
    expect(formatWhere(os.where(['trust', 'image', 1]))).toBe('b.yml:1:17');
    expect(formatWhere(os.where(['outputs', 0, 'format']))).toBe('b.yml:2:20');
  });
});
