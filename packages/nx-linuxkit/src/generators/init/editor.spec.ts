import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { logger, type Tree } from '@nx/devkit';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';
import { Fault, describe as describeError } from '@nx-linuxkit/errors';
import { parseOsFile } from '@nx-linuxkit/stages/plan';
import { parse } from 'jsonc-parser';
import { EDITOR_SCHEMA, OS_FILES, editorHasSchema, setUpEditor } from './editor.js';

const SETTINGS = '.vscode/settings.json';
const TASKS = '.vscode/tasks.json';
const FILES = [SETTINGS, TASKS, '.vscode/extensions.json'];
const REPOSITORY = join(__dirname, '../../../../..');

describe('VS Code', () => {
  let tree: Tree;
  beforeEach(() => {
    tree = createTreeWithEmptyWorkspace();
  });
  const read = (path: string) => tree.read(path, 'utf8') as string;
  const json = (path: string) => parse(read(path));

  it('checks OS files by the schema of the plugin', () => {
    expect(editorHasSchema(tree)).toBe(false);
    setUpEditor(tree);
    expect(json(SETTINGS)).toEqual({ 'yaml.schemas': { [`./${EDITOR_SCHEMA}`]: OS_FILES } });
    expect(editorHasSchema(tree)).toBe(true);
  });

  it("has a copy of the schema where Yarn's Plug'n'Play keeps packages in archives", () => {
    setUpEditor(tree, {}, true);
    const [schema] = Object.keys(json(SETTINGS)['yaml.schemas']);
    expect(json(schema)).toEqual(JSON.parse(readFileSync(join(REPOSITORY, EDITOR_SCHEMA), 'utf8')));
    expect(editorHasSchema(tree)).toBe(true);
  });

  it.each(OS_FILES)('%s is the name of an OS file', (pattern) => {
    expect(parseOsFile(`apps/${pattern.replace('*', 'debug')}`)).toBeDefined();
  });

  it('keeps settings, comments and tasks that are there', () => {
    const own = { label: 'linuxkit: build', command: 'make' };
    tree.write(SETTINGS, '{\n  // ours\n  "yaml.schemas": { "x.json": ["x.yml"] },\n}\n');
    tree.write(TASKS, JSON.stringify({ version: '2.0.0', tasks: [own] }));
    setUpEditor(tree);
    expect(read(SETTINGS)).toContain('// ours');
    expect(Object.keys(json(SETTINGS)['yaml.schemas'])).toEqual(['x.json', `./${EDITOR_SCHEMA}`]);
    const { tasks } = json(TASKS);
    expect(tasks[0]).toEqual(own);
    expect(tasks.map(({ label }: { label: string }) => label)).toEqual([
      'linuxkit: build',
      'linuxkit: boot',
      'linuxkit: boot-test',
      'linuxkit: lock',
    ]);
  });

  it('has tasks that call targets by the names that the plugin gives them', () => {
    setUpEditor(tree, { targetPrefix: 'os-', targetNames: { build: 'make' } });
    const commands = json(TASKS).tasks.map(({ command }: { command: string }) => command);
    expect(commands).toEqual(
      ['make', 'os-boot', 'os-boot-test', 'os-lock'].map((name) =>
        expect.stringContaining(` nx ${name} \${input:`),
      ),
    );
  });

  it('is the same after a second time', () => {
    setUpEditor(tree);
    const before = FILES.map(read);
    setUpEditor(tree);
    expect(FILES.map(read)).toEqual(before);
  });

  it('leaves a file alone that is not JSON, and says so', () => {
    const warn = jest.spyOn(logger, 'warn').mockImplementation(() => undefined);
    tree.write(SETTINGS, '{ "a": ');
    setUpEditor(tree);
    expect(read(SETTINGS)).toBe('{ "a": ');
    expect(warn).toHaveBeenCalledWith(`${SETTINGS}: not changed, because it is not a JSON object`);
    warn.mockRestore();
  });

  it('finds the place of an error in the lines that a build writes', () => {
    setUpEditor(tree);
    const [{ problemMatcher }] = json(TASKS).tasks;
    const where = { file: 'my-os/linuxkit.yml', line: 3, column: 5 };
    const error = describeError(new Fault('bad-value', 'expected a name', { where }));
    for (const line of [error, `my-os:build  ${error}`]) {
      const [, ...found] = new RegExp(problemMatcher.pattern.regexp).exec(line) ?? [];
      expect(found).toEqual(['my-os/linuxkit.yml', '3', '5', 'expected a name']);
    }
  });
});

describe('the entry for SchemaStore', () => {
  const entry = JSON.parse(readFileSync(join(REPOSITORY, 'docs/schemastore/catalog-entry.json'), 'utf8'));

  it('names the same files, and the schema that the package has', () => {
    expect(entry.fileMatch).toEqual(OS_FILES);
    const schema = JSON.parse(readFileSync(join(REPOSITORY, EDITOR_SCHEMA), 'utf8'));
    expect(entry.url).toBe(schema.$id);
  });
});
