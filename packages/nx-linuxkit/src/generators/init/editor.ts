import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { detectPackageManager, getPackageManagerCommand, logger, type Tree } from '@nx/devkit';
import { targetName, type TargetKind, type TargetNaming } from '@nx-linuxkit/stages/plan';
import { applyEdits, modify, parse, type JSONPath, type ParseError } from 'jsonc-parser';

/**
 * The schema that editors use, relative to the workspace. Every package manager puts the plugin itself there, while the
 * packages that it depends on may lie elsewhere.
 */
export const EDITOR_SCHEMA = 'node_modules/nx-linuxkit/schema/linuxkit.schema.json';
/** The names of OS files. An editor looks for them in every folder. */
export const OS_FILES = ['linuxkit.yml', 'linuxkit.yaml', '*.linuxkit.yml', '*.linuxkit.yaml'];

/** The schema in this package. */
const OWN_SCHEMA = join(__dirname, '../../../schema/linuxkit.schema.json');
/** A copy of the schema, for Yarn's Plug'n'Play, which keeps packages in archives. */
const COPIED_SCHEMA = '.vscode/linuxkit.schema.json';
const SETTINGS = '.vscode/settings.json';
const TASKS = '.vscode/tasks.json';
const EXTENSIONS = '.vscode/extensions.json';
/** `yaml` reads the schema; Nx Console shows the targets of a system. */
const RECOMMENDED = ['redhat.vscode-yaml', 'nrwl.angular-console'];
const SYSTEM = { id: 'linuxkit.system', type: 'promptString', description: 'Project of the system' };

/** One change of a JSON file: sets a value that is missing at a path, or adds one to the list at the path. */
interface Change {
  readonly path: JSONPath;
  readonly set?: unknown;
  readonly add?: unknown;
  /** A value counts as being in the list if this member is the same; default: if all of it is. */
  readonly by?: string;
}

/**
 * Tells VS Code by which schema it checks and completes OS files, and gives it tasks for a system, by
 * the names that its targets have. What is there already
 * stays, comments too. A file that cannot be read stays as it is, with a warning.
 */
export function setUpEditor(
  tree: Tree,
  naming: TargetNaming = {},
  plugAndPlay = process.versions.pnp !== undefined,
): void {
  if (plugAndPlay) tree.write(COPIED_SCHEMA, readFileSync(OWN_SCHEMA));
  const schema = plugAndPlay ? COPIED_SCHEMA : EDITOR_SCHEMA;
  const { exec } = getPackageManagerCommand(detectPackageManager(tree.root));
  edit(tree, SETTINGS, [{ path: ['yaml.schemas', `./${schema}`], set: OS_FILES }]);
  edit(tree, EXTENSIONS, listed(['recommendations'], RECOMMENDED));
  edit(tree, TASKS, [
    { path: ['version'], set: '2.0.0' },
    ...listed(['tasks'], tasks(exec, naming), 'label'),
    ...listed(['inputs'], [SYSTEM], 'id'),
  ]);
}

/** Tells whether the settings of the workspace name the schema. */
export function editorHasSchema(tree: Tree): boolean {
  const settings = tree.read(SETTINGS, 'utf8') ?? '';
  return [EDITOR_SCHEMA, COPIED_SCHEMA].some((schema) => settings.includes(schema));
}

/** `nx` with each target of a system that people type, for the system that VS Code asks for. */
function tasks(exec: string, naming: TargetNaming): object[] {
  const task = (kind: TargetKind, more: object) => ({
    label: `linuxkit: ${kind}`,
    type: 'shell',
    command: `${exec} nx ${targetName(kind, naming)} \${input:${SYSTEM.id}}`,
    ...more,
  });
  return [
    task('build', { group: 'build', problemMatcher: PROBLEM }),
    task('boot', { problemMatcher: [] }),
    task('boot-test', { group: 'test', problemMatcher: PROBLEM }),
    task('lock', { problemMatcher: PROBLEM }),
  ];
}

/** Finds `my-os/linuxkit.yml:3:5: message` in a log line, which Nx may begin with the name of the project. */
const PROBLEM = {
  owner: 'nx-linuxkit',
  fileLocation: ['relative', '${workspaceFolder}'],
  pattern: {
    regexp: '(?:^|\\s)([^\\s:]+\\.ya?ml):(\\d+):(\\d+): (.+)$',
    file: 1,
    line: 2,
    column: 3,
    message: 4,
  },
};

function listed(path: JSONPath, values: readonly unknown[], by?: string): Change[] {
  return [{ path, set: [] }, ...values.map((add) => ({ path, add, by }))];
}

function edit(tree: Tree, file: string, changes: readonly Change[]): void {
  const before = tree.read(file, 'utf8') || '{}\n';
  const errors: ParseError[] = [];
  const value: unknown = parse(before, errors, { allowTrailingComma: true });
  if (errors.length > 0 || typeof value !== 'object' || value === null) {
    logger.warn(`${file}: not changed, because it is not a JSON object`);
    return;
  }
  const after = changes.reduce(withChange, before);
  if (after !== before) tree.write(file, after);
}

function withChange(text: string, { path, set, add, by }: Change): string {
  const there = valueAt(parse(text, [], { allowTrailingComma: true }), path);
  const formattingOptions = { insertSpaces: true, tabSize: 2 };
  if (add === undefined) {
    return there === undefined ? applyEdits(text, modify(text, path, set, { formattingOptions })) : text;
  }
  const same = (one: unknown) => isDeepStrictEqual(keyOf(one, by), keyOf(add, by));
  if (!Array.isArray(there) || there.some(same)) return text;
  const edits = modify(text, [...path, there.length], add, { formattingOptions, isArrayInsertion: true });
  return applyEdits(text, edits);
}

function keyOf(value: unknown, by: string | undefined): unknown {
  return by === undefined ? value : (value as Record<string, unknown> | null)?.[by];
}

function valueAt(value: unknown, path: JSONPath): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}
