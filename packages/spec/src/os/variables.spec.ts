import { formatWhere } from '@nx-linuxkit/errors';
import {
  SpecError,
  parseAssignments,
  readOsList,
  readVariants,
  type OsSpec,
  type ReadOptions,
} from '../index.js';

type Files = Readonly<Record<string, string>>;
const load = (files: Files) => (path: string) => {
  if (path in files) return files[path];
  throw new Error(`ENOENT ${path}`);
};
const read = (yaml: string | Files, options?: ReadOptions): OsSpec => {
  const files = typeof yaml === 'string' ? { 'x.yml': yaml } : yaml;
  return readOsList([Object.keys(files)[0]], load(files), options);
};
const cmdline = (yaml: string | Files, options?: ReadOptions) => read(yaml, options).kernel?.cmdline;

function failure(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof SpecError)
      return `${error.code} ${error.where && formatWhere(error.where)}: ${error.message}`;
    throw error;
  }
  throw new Error('expected an error, got none');
}

const CMDLINE = 'kernel: {image: k, cmdline: "a=${A} b=${B} $${A} $${B}"}\n';

const TYPES = `variables: {V: true, N: 7}
services:
  - name: s
    image: i
    readonly: \${V}
    hostname: "\${N}"
    uid: \${N}
`;

describe('what is replaced', () => {
  it('a YAML without variables is left alone', () =>
    expect(cmdline(CMDLINE)).toBe('a=${A} b=${B} $${A} $${B}'));

  it('only declared names are, and $${ is a plain ${', () =>
    expect(cmdline(`variables: {A: 1}\n${CMDLINE}`)).toBe('a=1 b=${B} ${A} ${B}'));

  it('any text is: keys, quoted and plain scalars, blocks', () => {
    const os = read(`variables: {V: x}
init:
  - "i-\${V}:1"
  - j-\${V}
  - 'k-\${V}'
files:
  - path: etc/\${V}
    contents: |
      one \${V}
      two $\${V}
services:
  - {name: s, image: s, sysctl: {"net.\${V}": "\${V}"}}
`);
    expect(os.init).toEqual(['i-x:1', 'j-x', 'k-x']);
    expect(os.files).toEqual([{ path: 'etc/x', contents: 'one x\ntwo ${V}\n' }]);
    expect(os.services[0].sysctl).toEqual({ 'net.x': 'x' });
  });

  it('plain text takes the type of its new text, and quoted text stays text', () =>
    expect(read(TYPES).services[0]).toMatchObject({ readonly: true, hostname: '7', uid: 7 }));

  it('a value is not looked through again', () =>
    expect(cmdline('variables: {A: "${B}", B: 2}\nkernel: {image: k, cmdline: "${A}"}')).toBe('${B}'));

  it('a number is taken as it is written', () =>
    expect(cmdline('variables:\n  A: 1.10\n  B: 0x10\nkernel: {image: k, cmdline: "${A} ${B}"}')).toBe(
      '1.10 0x10',
    ));

  it('an alias is replaced as its anchor is', () =>
    expect(read('variables: {A: x}\ninit: [&i "i${A}", *i]').init).toEqual(['ix', 'ix']));

  it('names of the prototype are no variables', () =>
    expect(cmdline('variables: {A: x}\nkernel: {image: k, cmdline: "${constructor} ${__proto__}"}')).toBe(
      '${constructor} ${__proto__}',
    ));
});

describe('where a value comes from, the weakest first', () => {
  const YAML = `variables:
  A: {default: default, env: true}
variants:
  v: {A: variant}
  w: {}
kernel: {image: k, cmdline: "\${A}"}
`;
  const environment = { A: 'environment' };
  it.each<[string, ReadOptions]>([
    ['default', {}],
    ['default', { variant: 'w' }],
    ['environment', { environment }],
    ['environment', { environment, variant: 'w' }],
    ['variant', { environment, variant: 'v' }],
    ['set', { environment, variant: 'v', set: { A: 'set' } }],
    ['', { environment, set: { A: '' } }],
  ])('%s: %j', (expected, options) => expect(cmdline(YAML, options)).toBe(expected));

  it('the environment only with env: true', () =>
    expect(cmdline(YAML.replace('env: true', 'env: false'), { environment })).toBe('default'));

  it('the names of the environment are known, set or not', () =>
    expect(read(YAML).environment).toEqual(['A']));
});

describe('a file that extends another', () => {
  const BASE = 'variables: {A: base}\ninit: ["i:${A}"]\n';

  it('changes a default of it', () =>
    expect(read({ 'x.yml': 'extends: [b.yml]\nvariables: {A: mine}', 'b.yml': BASE }).init).toEqual([
      'i:mine',
    ]));

  it('takes a default of it', () =>
    expect(
      read({ 'x.yml': 'extends: [b.yml]\nvariables: {A: }\ninit: ["j:${A}"]', 'b.yml': BASE }).init,
    ).toEqual(['i:base', 'j:base']));

  it('is left alone where it declares nothing, and its base too', () => {
    const files = '[{path: a, contents: "${A}"}]';
    const os = read({ 'x.yml': `extends: [b.yml]\nfiles: ${files}`, 'b.yml': BASE });
    expect([os.init, os.files[0].contents]).toEqual([['i:base'], '${A}']);
    expect(
      read({ 'x.yml': 'extends: [b.yml]\nvariables: {B: 1}', 'b.yml': 'kernel: {image: k, cmdline: "${B}"}' })
        .kernel?.cmdline,
    ).toBe('${B}');
  });

  it('has the hint to declare what a reference names', () => {
    expect(() => read({ 'x.yml': 'init: ["j:${A}"]' })).toThrow(
      expect.objectContaining({
        hint: 'Give A a value in `variables`; without such a key nothing is replaced.',
      }),
    );
  });

  it('may be named by a variable', () => {
    const files = {
      'x.yml': 'extends: ["${HV}.yml"]\nvariables: {HV: kvm}\nvariants: {xen: {HV: xen}}',
      'kvm.yml': 'init: [kvm:1]',
      'xen.yml': 'init: [xen:1]',
    };
    expect([read(files).init, read(files, { variant: 'xen' }).init]).toEqual([['kvm:1'], ['xen:1']]);
  });

  it('has no variants of it', () =>
    expect(read({ 'x.yml': 'extends: [b.yml]', 'b.yml': 'variants: {v: {}}' }).variants).toEqual([]));
});

describe('the systems of a file', () => {
  const variants = (yaml: string, options = {}) => readVariants(['x.yml'], () => yaml, options);

  it.each<[string, (string | undefined)[]]>([
    ['{}', [undefined]],
    ['variables: {A: 1}', [undefined]],
    ['variables: {A: }', [undefined]],
    ['variables: {A: 1}\nvariants: {b: {}, a: {A: 2}}', [undefined, 'b', 'a']],
    ['variables: {A: }\nvariants: {b: {A: 1}}', ['b']],
  ])('%j: %j', (yaml, expected) => expect(variants(yaml)).toEqual(expected));

  it('a value of the environment counts', () => {
    const yaml = 'variables: {A: {env: true}}\nvariants: {b: {A: 1}}';
    expect(variants(yaml)).toEqual(['b']);
    expect(variants(yaml, { environment: { A: 'x' } })).toEqual([undefined, 'b']);
  });
});

describe('what is refused, with its place', () => {
  it.each<[string, string, ReadOptions?]>([
    ['variables:\n  A: 1\n  B:\n', 'missing-value x.yml:3:3: the variable B has no value'],
    [
      'variables:\n  A: {env: true}\n',
      'missing-value x.yml:2:3: the variable A has no value',
      { environment: { B: '' } },
    ],
    ['variables:\n  "A-B": 1\n', 'bad-value x.yml:2:3: variables: expected a name of letters, digits and _'],
    ['variants:\n  "-a": {}\n', 'bad-value x.yml:2:3: variants: expected a name of letters'],
    [
      'variables: {KERNEL: 1}\nvariants:\n  lts: {KERNL: 2}',
      'unknown-name x.yml:3:9: variants.lts: no variable is called "KERNL", did you mean "KERNEL"? (known: KERNEL)',
    ],
    [
      'variables: {A: 1}\nvariants: {lts: {}}',
      'unknown-name x.yml:2:1: no variant is called "lst", did you mean "lts"?',
      { variant: 'lst' },
    ],
    ['{}', 'unknown-name x.yml: no variant is called "a" (the file has no variants)', { variant: 'a' }],
    [
      '{}',
      'unknown-name x.yml: --set A: no variable is called "A" (the file has no variables)',
      { set: { A: '' } },
    ],
    ['variables:\n  A: []\n', 'missing-value x.yml:2:3: the variable A has no value'],
    [
      'variables:\n  A: {default: 1, evn: true}\n',
      'bad-document x.yml:2:19: unknown key "evn" in variables.A, did you mean "env"?',
    ],
    ['variables: {A: 1}\nvariants:\n  a: {A: }', 'bad-document x.yml:3:7: variants.a.A: expected a string'],
    [
      'variables: {A: x}\nkernel:\n  image: ${A}\n  "${A}mage": y',
      'bad-document x.yml:4:3: unknown key "xmage" in kernel',
    ],
    [
      'variables: {A: b}\nservices: [{name: s, image: i, sysctl: {b: "1", "${A}": "2"}}]',
      'bad-yaml x.yml:2:49: the key "b" is given twice',
    ],
    ['variables: {N: 7}\ninit:\n  - ${N}\n', 'bad-document x.yml:3:5: init[0]: expected a string, got 7'],
  ])('%j', (yaml, expected, options = {}) => expect(failure(() => read(yaml, options))).toContain(expected));
});

describe('--set', () => {
  it.each([
    ['A=1', { A: '1' }],
    [['A=1', 'B=x=y', 'A=2', 'C='], { A: '2', B: 'x=y', C: '' }],
    [
      { A: 1, B: true },
      { A: '1', B: 'true' },
    ],
  ])('%j is %j', (given, expected) => expect(parseAssignments(given)).toEqual(expected));

  it.each(['A', '=1', ''])('%j is refused', (text) =>
    expect(failure(() => parseAssignments(text))).toContain('--set: expected NAME=value'),
  );
});
