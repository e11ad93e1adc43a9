import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import fc from 'fast-check';
import { packageFolder } from '../graph/package-folder.js';
import type { Workspace } from '../workspace/workspace.js';
import { relink } from './unseen-files.js';

/** Characters that a glob, a shell, a reference or an ignore file gives a meaning. */
const ALPHABET = [...'[]{}()*?!+@,\\|^$%#:;&~\'" -aZé日'];

const name = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength: 5 })
  .map((characters) => characters.join(''));

/** A system with one file that it reads and one that it does not. */
export interface RandomSystem {
  readonly folder: string;
  /** Names of nested folders and of the file that is read. */
  readonly path: readonly string[];
  /** Symlinks that lead to the file, one to the next. */
  readonly links: readonly string[];
  readonly ignored: boolean;
  readonly inPackage: boolean;
}

const system = fc.record<RandomSystem>({
  folder: name,
  path: fc.array(name, { minLength: 1, maxLength: 3 }),
  links: fc.array(name, { maxLength: 2 }),
  ignored: fc.boolean(),
  inPackage: fc.boolean(),
});

/** The systems of one workspace; each is in a folder of its own number. */
export const systems = fc.array(system, { minLength: 8, maxLength: 8 });

/** Names with this ending are git-ignored. */
const IGNORED = '.o';

/** Where the parts of the system with this number are. */
export function placesOf({ folder, path, ignored, inPackage }: RandomSystem, number: number) {
  const home = `r${number}/${folder}`;
  // The letters keep a name from being a folder's `.`, or one of a link.
  const owner = inPackage ? `r${number}/${folder}p` : home;
  const file = `${owner}/${path.map((part) => `${part}f`).join('/')}${ignored ? IGNORED : ''}`;
  return { home, owner, file, unread: `${owner}/${folder}u`, out: `dist/${home}/tar` };
}

/** Writes a system, whose read file has `text`; `image` is the reference of an image. */
export function writeSystem(
  workspace: Workspace,
  one: RandomSystem,
  number: number,
  image: string,
  text: string,
): void {
  const { home, owner, file, unread } = placesOf(one, number);
  let source = posix.relative(owner, file);
  workspace.write({ [file]: text, [unread]: text });
  one.links.forEach((link, i) => {
    const next = `${link}l${i}`;
    relink(workspace, `${owner}/${next}`, source);
    source = next;
  });
  const os = { outputs: [{ format: 'tar' }] };
  if (one.inPackage) {
    workspace.write(packageOf(owner, source));
    const init = [image, `@pkg:../${posix.basename(owner)}`];
    workspace.write({ [`${home}/linuxkit.yml`]: JSON.stringify({ ...os, init }) });
  } else {
    const files = [{ path: 'etc/read', source: `./${source}` }];
    workspace.write({ [`${home}/linuxkit.yml`]: JSON.stringify({ ...os, init: [image], files }) });
  }
}

function packageOf(folder: string, source: string): Record<string, string> {
  const files = packageFolder(folder, '');
  const named = `source: ${JSON.stringify(source)}`;
  const build = files[`${folder}/build.yml`].replace('source: files/banner', () => named);
  return {
    [`${folder}/build.lock.json`]: files[`${folder}/build.lock.json`],
    [`${folder}/build.yml`]: build,
  };
}

/** The tar of a system. Its name is that of the project, which two systems may not share. */
export function tarOf(workspace: Workspace, one: RandomSystem, number: number): Buffer {
  const { out } = placesOf(one, number);
  const [tar] = readdirSync(workspace.path(out)).filter((entry) => entry.endsWith('.tar'));
  return workspace.bytes(`${out}/${tar}`);
}
