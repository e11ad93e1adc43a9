import { readdirSync } from 'node:fs';
import { packageFolder } from '../graph/package-folder.js';
import type { Workspace } from '../workspace/workspace.js';
import { HOSTILE_NAMES } from './hostile-names.js';

/** What a build reads, by the kind of its place. */
export const KINDS = ['source', 'package', 'extends'] as const;
export type Kind = (typeof KINDS)[number];

/** A system whose folder, source, package and base file all have one hostile name. */
export interface HostileSystem {
  readonly name: string;
  /** The file of each kind, with the text that is in the image. */
  readonly files: Readonly<Record<Kind, string>>;
}

export const SYSTEMS: readonly HostileSystem[] = HOSTILE_NAMES.map((name, i) => ({
  name,
  files: {
    source: `os/${name}/${name}`,
    package: `packages/${i}/${name}/files/banner`,
    extends: `bases/${name}.yml`,
  },
}));

/** The text of a file at one revision; a tar holds it as it is. */
export function textOf({ name }: HostileSystem, kind: Kind, revision: number): string {
  return `<${kind} of ${HOSTILE_NAMES.indexOf(name)}, ${revision}>`;
}

/** A file of a kind at one revision. */
export function fileOf(system: HostileSystem, kind: Kind, revision: number): Record<string, string> {
  const text = textOf(system, kind, revision);
  const base = `files:\n  - {path: etc/base, contents: "${text}"}\n`;
  return { [system.files[kind]]: kind === 'extends' ? base : text };
}

/** The tar of a system, whose name two systems may not share; undefined where there is none. */
export function tarOf(workspace: Workspace, { name }: HostileSystem): Buffer | undefined {
  const folder = `dist/os/${name}/tar`;
  const files = workspace.exists(folder) ? readdirSync(workspace.path(folder)) : [];
  const tar = files.find((file) => file.endsWith('.tar'));
  return tar === undefined ? undefined : workspace.bytes(`${folder}/${tar}`);
}

/** The whole workspace at revision 1; `image` is the reference of an image. */
export function hostileWorkspace(image: string): Record<string, string> {
  const files = SYSTEMS.map((system, i) => ({
    // The number keeps apart what names of nodes write alike.
    ...packageFolder(`packages/${i}/${system.name}`, textOf(system, 'package', 1)),
    ...fileOf(system, 'source', 1),
    ...fileOf(system, 'extends', 1),
    [`os/${system.name}/linuxkit.yml`]: JSON.stringify({
      extends: [`../../bases/${system.name}.yml`],
      init: [image, `@pkg:../../packages/${i}/${system.name}`],
      files: [{ path: 'etc/source', source: `./${system.name}` }],
      outputs: [{ format: 'tar' }],
    }),
  }));
  return Object.assign({}, ...files);
}
