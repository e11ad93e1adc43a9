import { checkTargetNames, formatTargetName, targetKinds, targetName } from './target-names.js';

/**
 * Targets that projects of other tools have: `nx run-many -t` with one of them must not touch systems. `dev` is not among
 * them, because it means the same for a system as for a web application: run it, and follow its files.
 */
const OF_OTHER_TOOLS = [
  ...[
    'lint',
    'test',
    'e2e',
    'typecheck',
    'format',
    'check',
    'verify',
    'validate',
    'clean',
    'watch',
    'serve',
    'start',
  ],
  ...[
    'docker',
    'docker:build',
    'docker:run',
    'container',
    'image',
    'push',
    'pull',
    'publish',
    'deploy',
    'release',
  ],
  ...[
    'extract',
    'extract-i18n',
    'export',
    'package',
    'pack',
    'bundle',
    'compile',
    'generate',
    'install',
    'preview',
    'run',
  ],
];

it('no target has a name that targets of other tools have', () => {
  const names = targetKinds().map((kind) => formatTargetName(kind, {}));
  expect(names.filter((name) => OF_OTHER_TOOLS.includes(name))).toEqual([]);
  expect(new Set(names).size).toBe(names.length);
});

it.each(targetKinds())('%s can be renamed, and has the prefix otherwise', (kind) => {
  expect(formatTargetName(kind, { targetNames: { [kind]: 'mine' } })).toBe('mine');
  expect(formatTargetName(kind, { targetNames: { [kind]: 'mine' }, targetPrefix: 'os-' })).toBe('mine');
  expect(formatTargetName(kind, { targetPrefix: 'os-' })).toBe(`os-${kind}`);
  expect(() => checkTargetNames({ targetNames: { [kind]: 'mine' } })).not.toThrow();
});

it('build, boot, boot-test and lock are called so', () => {
  const kinds = ['build', 'boot', 'boot-test', 'lock'] as const;
  expect(kinds.map((kind) => targetName(kind, {}))).toEqual(kinds);
});

it.each([
  [{ targetNames: { tar: 'build' } }, 'the targets build and tar would both be called build'],
  [{ targetNames: { docker: 'verify-images' } }, 'the targets verify and docker would both be called'],
  [{ targetNames: { tar: '' } }, 'the target tar cannot be called ""'],
  [{ targetNames: { tar: 'a:b' } }, 'the target tar cannot be called "a:b"'],
  [{ targetNames: { tar: 1 as never } }, 'the target tar cannot be called 1'],
  [{ targetPrefix: 'my os ' }, 'the target build cannot be called "my os build"'],
])('%j is refused', (naming, message) => {
  expect(() => checkTargetNames(naming)).toThrow(message);
});
