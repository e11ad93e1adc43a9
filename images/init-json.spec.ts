import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';

/**
 * init converts the JSON of bundles to shell functions with awk, and calls them. Each value must arrive unchanged.
 */
const lib = join(__dirname, 'init/files/lib');
let root: string;

beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'init-json-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs `script` after the functions that awk makes of the documents, and returns the words that it prints. */
function run(program: string, documents: Record<string, string>, script: string): string[] {
  const files = Object.entries(documents).map(([name, text]) => {
    mkdirSync(join(root, name), { recursive: true });
    writeFileSync(join(root, name, 'file.json'), text);
    return join(root, name, 'file.json');
  });
  // The locale C makes awk handle bytes, as busybox does.
  const env = { ...process.env, LC_ALL: 'C' };
  const functions = execFileSync('awk', ['-f', `${lib}/json.awk`, '-f', `${lib}/${program}`, ...files], {
    env,
  });
  writeFileSync(join(root, 'script'), Buffer.concat([functions, Buffer.from(`\n${PRINT}\n${script}\n`)]));
  return execFileSync('sh', [join(root, 'script')], { env })
    .toString()
    .split('\0')
    .slice(0, -1);
}

const PRINT = ['mount', 'mkdir', 'cgroup', 'interface', 'bind_namespace']
  .map((name) => `runtime_${name}() { printf '%s\\0' ${name} "$@"; }`)
  .join('\n');

test('runtime.json: prepare and connect call each step in LinuxKit’s order', () => {
  const document = {
    cgroups: ['a/b'],
    mounts: [
      { destination: '/d', type: 'overlay', source: 's', options: ['lowerdir=/l', 'ro'] },
      { destination: 'in/it' },
    ],
    mkdir: ['/m', 'n'],
    interfaces: [{ name: 'i', add: 'veth', peer: 'p', createInRoot: true }, { name: 'moved' }],
    bindNS: { cgroup: '', net: '/run/net', uts: '/run/uts' },
    namespace: 'other',
  };
  expect(
    run('runtime.awk', { one: JSON.stringify(document, null, 4) }, 'prepare one; connect one 7'),
  ).toEqual([
    ...['mount', '/d', 'overlay', 's', 'lowerdir=/l,ro'],
    ...['mount', `${root}/one/rootfs/in/it`, '', '', ''],
    ...['mkdir', '/m', 'mkdir', `${root}/one/rootfs/n`, 'cgroup', 'a/b'],
    ...['interface', '7', 'i', 'veth', 'p', 'true', 'interface', '7', 'moved', '', '', ''],
    ...['bind_namespace', '7', 'net', '/run/net', 'bind_namespace', '7', 'uts', '/run/uts'],
  ]);
});

test('runtime.json: a bundle with empty values, or without the file, has no steps', () => {
  const documents = {
    empty: '{"cgroups":null,"mounts":[],"bindNS":{"net":""},"namespace":""}',
    full: '{"bindNS":{"net":"/n"},"namespace":"space"}',
  };
  const script = `for name in empty full none; do
    prepare $name; hooked $name && printf 'hooked %s\\0' $name; printf '%s\\0' "$(namespace_of $name)"
  done`;
  expect(run('runtime.awk', documents, script)).toEqual(['', 'hooked full', 'space', '']);
});

test('no step runs after one that fails', () => {
  const document = '{"mkdir":["/a","/b"]}';
  expect(
    run('runtime.awk', { one: document }, 'runtime_mkdir() { return 3; }; prepare one; printf "%s\\0" $?'),
  ).toEqual(['3']);
});

test('any text reaches the shell unchanged as one word, in every spelling of JSON', () => {
  // NUL is left out, because a word of the shell cannot contain it.
  const codePoint = fc.integer({ min: 1, max: 0x10ffff }).filter((point) => point >> 11 !== 0x1b);
  const text = fc.array(codePoint).map((points) => `/${String.fromCodePoint(...points)}`);
  const writers = [
    (value: unknown) => JSON.stringify(value),
    (value: unknown) => JSON.stringify(value, null, 2),
    // Go escapes a few characters for HTML; this escapes every one.
    (value: unknown) =>
      JSON.stringify(value).replace(
        /[^[\]{}:,"\\\w]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
      ),
  ];
  const bundle = fc.record({ mkdir: fc.array(text), write: fc.constantFrom(...writers) });
  // Many bundles share a process, which costs more than its work.
  fc.assert(
    fc.property(fc.array(bundle, { minLength: 1, maxLength: 30, size: 'max' }), (bundles) => {
      const documents = bundles.map(({ mkdir, write }, i) => [
        `b${i}`,
        write({ other: [{ mkdir: 1 }], mkdir }),
      ]);
      const script = bundles.map((_, i) => `prepare b${i}; printf '%s\\0' end`).join('\n');
      const wellFormed = (text: string) => Buffer.from(text).toString();
      expect(run('runtime.awk', Object.fromEntries(documents), script)).toEqual(
        bundles.flatMap(({ mkdir }) => [...mkdir.flatMap((path) => ['mkdir', wellFormed(path)]), 'end']),
      );
    }),
    { numRuns: 8 },
  );
});

test('annotations: the restart, order and health of each service', () => {
  const annotated = (annotations?: object) => JSON.stringify({ process: { args: ['a "b"'] }, annotations });
  const documents = {
    db: annotated({ 'nx-linuxkit.health': "sh -c 'x'", other: '1' }),
    plain: annotated(),
    web: annotated({ 'nx-linuxkit.after': 'db, x', 'nx-linuxkit.restart': 'always' }),
  };
  const script = `for name in db plain web; do
    printf '%s\\0' "$(after_of $name)" "$(restart_of $name)" "$(health_of $name)" "$(interval_of $name)"
  done`;
  expect(run('policy.awk', documents, script)).toEqual([
    ...['', '', "sh -c 'x'", ''],
    ...['', '', '', ''],
    ...['db, x', 'always', '', ''],
  ]);
});
