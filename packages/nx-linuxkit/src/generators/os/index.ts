import { formatFiles, joinPathFragments, offsetFromRoot, writeJson, type Tree } from '@nx/devkit';
import { GeneratorError } from './error.js';
import { EDITOR_SCHEMA, editorHasSchema } from '../init/editor.js';
import { templates } from './templates/index.js';

export interface OsOptions {
  /** Name of the system and of its project. */
  readonly name: string;
  /** Folder of the system, relative to the workspace. Default: its name. */
  readonly directory?: string;
  /** A key of `templates`. Default `nginx`. */
  readonly template?: string;
  /** Whether the written files stay unformatted. Default false. */
  readonly skipFormat?: boolean;
}

/** Writes a system that boots: its YAML, its lock, and a project.json with the options of its boot test. */
export default async function osGenerator(
  tree: Tree,
  { name, directory = name, template: choice = 'nginx', skipFormat }: OsOptions,
): Promise<void> {
  checkName(name);
  const template = templates[choice];
  const file = joinPathFragments(directory, 'linuxkit.yml');
  checkAbsent(tree, file);
  tree.write(
    file,
    `${schemaLine(tree, directory)}${firstLine(name)}${template.yaml(name)}outputs:\n  - format: kernel+initrd\n`,
  );
  // The lock is empty: packages of the base set have their own locks. Images of registries are added to it later.
  writeJson(tree, joinPathFragments(directory, 'linuxkit.lock.json'), { lockfileVersion: 1, images: {} });
  addTargets(tree, joinPathFragments(directory, 'project.json'), name, {
    ...(template.boot && { boot: { options: template.boot } }),
    'boot-test': { options: template.bootTest },
  });
  if (!skipFormat) await formatFiles(tree);
}

/** Names the schema in the file only where the editor's settings do not. */
function schemaLine(tree: Tree, directory: string): string {
  if (editorHasSchema(tree)) return '';
  return `# yaml-language-server: $schema=${offsetFromRoot(directory)}${EDITOR_SCHEMA}\n`;
}

function firstLine(name: string): string {
  return `# ${name}: build it with \`nx build ${name}\`, boot it with \`nx boot ${name}\`, test it with \`nx boot-test ${name}\`.
`;
}

function checkName(name: string): void {
  if (/^[a-z0-9][a-z0-9._-]*$/i.test(name)) return;
  throw new GeneratorError(
    'bad-name',
    `expected a name of letters, digits, dots, dashes and underscores, got ${JSON.stringify(name)}`,
    { hint: 'Begin it with a letter or a digit.' },
  );
}

function checkAbsent(tree: Tree, file: string): void {
  if (!tree.exists(file)) return;
  throw new GeneratorError('exists', `${file} already exists`, {
    hint: 'Choose another name, or another --directory.',
  });
}

/** Adds targets to project.json. The options of a project that already exists are kept. */
function addTargets(tree: Tree, file: string, name: string, targets: object): void {
  const project = tree.exists(file) ? JSON.parse(tree.read(file, 'utf8') as string) : { name };
  writeJson(tree, file, { ...project, targets: { ...targets, ...project.targets } });
}
