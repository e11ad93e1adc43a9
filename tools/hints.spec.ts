import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { TYPED_HINTS } from '../e2e/hints/typed-hints.js';

/** Every command that an error, a warning or a generated file tells a person to type. */

const ROOT = join(__dirname, '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const keysOf = (path: string, key: string) => Object.keys(JSON.parse(read(path))[key]);

/** Commands of Nx that need no target. */
const NX = ['reset', 'graph', 'show', 'affected', 'run-many', 'run'];
/** Targets that inference gives, by the names of their executors, and `F` for any format. */
const TARGETS = ['build', 'boot', 'boot-test', 'lock', 'sign', 'push-os'];
/** What sources put in the place of a target whose name they know: a workspace may rename each. */
const VARIABLES = /^\$\{(targetName|lock|target|name|(format)?[tT]argetName\(.*\))\}$/;

interface Command {
  readonly file: string;
  readonly words: readonly string[];
}

function sources(): string[] {
  return readdirSync(join(ROOT, 'packages')).flatMap((name) => {
    const folder = join(ROOT, 'packages', name, 'src');
    try {
      return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) =>
        relative(ROOT, join(folder, path)),
      );
    } catch {
      return [];
    }
  });
}

function commandsIn(file: string): Command[] {
  const code = read(file)
    .split('\n')
    .filter((line) => !/^\s*(\/?\*|\/\/)/.test(line))
    .join('\n');
  // A placeholder is one word, whatever it calls.
  return [...code.matchAll(/[`'"](?:npx )?nx ((?:\$\{[^}]*\}|[a-z])(?:\$\{[^}]*\}|[^`'"\\])*)/g)].map(
    ([, rest]) => ({ file, words: rest.trim().match(/(?:\$\{[^}]*\}|\S)+/g) ?? [] }),
  );
}

const commands = sources()
  .filter(
    (file) => file.endsWith('.ts') && !/\.spec\.ts$|__tests__|__fixtures__|^packages\/testing/.test(file),
  )
  .flatMap(commandsIn);

/** Commands that stand in no error, and errors that no workspace of a test can have. */
const NOT_TYPED: Readonly<Record<string, string>> = {
  'packages/command/src/find-command.ts': 'a system that the command cannot know',
  'packages/nx-linuxkit/src/generators/init/devkit.ts': 'npm has failed',
  'packages/nx-linuxkit/src/generators/os/index.ts': 'a comment in the YAML',
  'packages/nx-linuxkit/src/inference/boot-targets.ts': 'help of a target',
  'packages/nx-linuxkit/src/inference/image-nodes.ts': 'help of a target',
  'packages/nx-linuxkit/src/inference/os-node.ts': 'help of a target',
  'packages/nx-linuxkit/src/inference/package-nodes.ts': 'help of a target',
  'packages/nx-linuxkit/src/inference/report-targets.ts': 'help of a target',
  'packages/nx-linuxkit/src/inference/sign-node.ts': 'help of a target',
  'packages/stages/src/inspect/start.ts': 'a command on the page of a system',
  'packages/nx-linuxkit/src/executors/stage/task-runner.ts': 'a line of a build, which e2e/size types',
  // Their callers, which have the hint, are tried.
  'packages/nx-linuxkit/src/executors/build/whole.ts': 'a command of build.ts and refuse-cache.ts',
  'packages/nx-linuxkit/src/executors/push-os/index.ts': 'a registry that no test has',
  'packages/stages/src/image/from-dockerfile.ts': 'a daemon that has missed a change of a mode',
  'packages/stages/src/plan/find-package.ts': 'an npm package without its lock',
  'packages/stages/src/publish/package-index.ts': 'a registry that no test of hints has',
};

test('there are some', () => expect(commands.length).toBeGreaterThan(15));

test('each source of a hint with a command has a case that types it', () => {
  const typed = TYPED_HINTS.map(({ source }) => source);
  const found = [...new Set(commands.map(({ file }) => file))];
  expect(found.filter((file) => !typed.includes(file) && !Object.hasOwn(NOT_TYPED, file))).toEqual([]);
  expect(Object.keys(NOT_TYPED).filter((file) => !found.includes(file))).toEqual([]);
});

test.each(commands.map(({ file, words }) => [words.join(' '), file, words] as const))(
  'nx %s, in %s, is a command',
  (_text, _file, [first, second]) => {
    if (first === 'g') {
      const [plugin, generator] = second.split(':');
      expect(plugin).toBe('nx-linuxkit');
      expect(keysOf('packages/nx-linuxkit/generators.json', 'generators')).toContain(generator);
    } else {
      expect([...NX, ...TARGETS].includes(first) || VARIABLES.test(first)).toBe(true);
    }
  },
);

test.each(
  commands
    .filter(({ words: [first] }) => TARGETS.includes(first) || VARIABLES.test(first))
    .map(({ file, words }) => [words.join(' '), file, words] as const),
)('nx %s, in %s, names a project, or the text says which', (text, file, words) => {
  if (words.length > 1) return expect(words[1]).toMatch(/^(\$\{[\w.]+(\(.*\))?\}|my-os)$/);
  const sentence = read(file)
    .split('\n')
    .find((line) => line.includes(`nx ${text}`));
  expect(sentence).toContain('with the name of the system');
});
