import { formatFiles, joinPathFragments, offsetFromRoot, writeJson, type Tree } from '@nx/devkit';
import { FaultyName } from './name.js';
import { templates } from './templates/index.js';

export interface OsOptions {
  readonly name: string;
  readonly directory?: string;
  readonly template?: string;
  readonly skipFormat?: boolean;
}

/** Where npm puts it; what editors check the YAML against. */
const SCHEMA = 'node_modules/@nx-linuxkit/spec/schema/linuxkit.schema.json';

/** Writes a system that boots: its YAML, its lock, and what its boot test looks for. */
export default async function osGenerator(
  tree: Tree,
  { name, directory = name, template: choice = 'nginx', skipFormat }: OsOptions,
): Promise<void> {
  if (!/^[a-z0-9][a-z0-9._-]*$/i.test(name)) throw new FaultyName(name);
  const template = templates[choice];
  const file = joinPathFragments(directory, 'linuxkit.yml');
  if (tree.exists(file)) throw new FaultyName(name, file);
  tree.write(
    file,
    `${firstLines(name, directory)}${template.yaml(name)}outputs:\n  - format: kernel+initrd\n`,
  );
  // Images of the base set are pinned by their packages; images of registries that are added come in here.
  writeJson(tree, joinPathFragments(directory, 'linuxkit.lock.json'), { lockfileVersion: 1, images: {} });
  addTargets(tree, joinPathFragments(directory, 'project.json'), name, {
    ...(template.boot && { boot: { options: template.boot } }),
    'boot-test': { options: template.bootTest },
  });
  if (!skipFormat) await formatFiles(tree);
}

function firstLines(name: string, directory: string): string {
  return `# yaml-language-server: $schema=${offsetFromRoot(directory)}${SCHEMA}
# ${name}: build it with \`nx build ${name}\`, boot it with \`nx boot ${name}\`, test it with \`nx boot-test ${name}\`.
`;
}

/** A project that is there already keeps what it has. */
function addTargets(tree: Tree, file: string, name: string, targets: object): void {
  const project = tree.exists(file) ? JSON.parse(tree.read(file, 'utf8') as string) : { name };
  writeJson(tree, file, { ...project, targets: { ...targets, ...project.targets } });
}
