import { readdirSync } from 'node:fs';
import { posix } from 'node:path';
import fc from 'fast-check';
import { packageFolder } from '../graph/package-folder.js';
import type { Workspace } from '../workspace/workspace.js';
import { relink } from './unseen-files.js';

/**
 * Characters that a glob, a shell, a reference or an ignore file gives a meaning: all of ASCII that are no letters and digits, but `/`.
 * One letter is there in both forms of Unicode.
 */
const ALPHABET = [...'[]{}()*?!+@,.\\|^$%#:;&~\'"`<>=_- aZ日', 'é'.normalize('NFC'), 'é'.normalize('NFD')];

const name = fc
  .array(fc.constantFrom(...ALPHABET), { minLength: 1, maxLength: 5 })
  .map((characters) => characters.join(''))
  // These lead out of their folder.
  .filter((text) => !['.', '..'].includes(text));

/** A system that reads one file, and has one beside it that it does not read. */
export interface RandomSystem {
  readonly folder: string;
  /** The `source` of the system, a file of its package, a folder as a `source`, or a YAML that it extends. */
  readonly kind: 'source' | 'package' | 'folder' | 'extends';
  /** Names of nested folders and of the file that is read. */
  readonly path: readonly string[];
  /** The path to the file leads through a symlink to its first folder. */
  readonly isThroughLink: boolean;
  /** Symlinks that lead to what is read, one to the next. */
  readonly links: readonly string[];
  readonly isIgnored: boolean;
}

const system = fc.record<RandomSystem>({
  folder: name,
  kind: fc.constantFrom('source', 'package', 'folder', 'extends'),
  path: fc.array(name, { minLength: 2, maxLength: 3 }),
  isThroughLink: fc.boolean(),
  links: fc.array(name, { maxLength: 2 }),
  isIgnored: fc.boolean(),
});

/** The systems of one workspace; each is in a folder of its own number. */
export const systems = fc.array(system, { minLength: 8, maxLength: 8 });

/** What the workspace ignores: the endings of files that are read. */
export const IGNORED = '*.o\n*.o.yml\n';

/** Where the parts of the system with this number are. */
export function placesOf({ folder, kind, path, isThroughLink, isIgnored }: RandomSystem, number: number) {
  const home = `r${number}/${folder}`;
  // The letters keep a name from being a folder's `.`, or one of a link.
  const owner = kind === 'package' ? `r${number}/${folder}p` : home;
  const ending = `${isIgnored ? '.o' : ''}${kind === 'extends' ? '.yml' : ''}`;
  const [first, ...inside] = path.map((part) => `${part}f`);
  const rest = `${inside.join('/')}${ending}`;
  const entry = isThroughLink ? `${first}t` : first;
  return {
    ...{ home, owner, ending, entry, first },
    file: `${owner}/${first}/${rest}`,
    /** Has a file at the same place, to which a link can be changed. */
    other: `${owner}/${first}o`,
    otherFile: `${owner}/${first}o/${rest}`,
    /** What is read, as the owner names it. */
    source: kind === 'folder' ? entry : `${entry}/${rest}`,
    unread: `${owner}/${folder}u`,
    out: `dist/${home}/tar`,
  };
}

/** A file that is read, with a text that the image then has. */
export function readFileOf({ kind }: RandomSystem, text: string): string {
  return kind === 'extends' ? JSON.stringify({ files: [{ path: 'etc/base', contents: text }] }) : text;
}

/** Writes a system, whose read file has `text`; `image` is the reference of an image. */
export function writeSystem(
  workspace: Workspace,
  one: RandomSystem,
  number: number,
  image: string,
  text: string,
): void {
  const { home, owner, file, unread, entry, first, ending, source } = placesOf(one, number);
  workspace.write({ [file]: readFileOf(one, text), [unread]: text });
  if (one.isThroughLink) relink(workspace, `${owner}/${entry}`, first);
  const named = one.links.reduce((target, link, i) => {
    const next = `${link}l${i}${ending}`;
    relink(workspace, `${owner}/${next}`, target);
    return next;
  }, source);
  const os = { outputs: [{ format: 'tar' }], init: [image] };
  if (one.kind === 'package') {
    workspace.write(packageOf(owner, named));
    os.init.push(`@pkg:../${posix.basename(owner)}`);
  }
  const read = { path: 'etc/read', source: `./${named}`, ...(one.kind === 'folder' && { directory: true }) };
  workspace.write({
    [`${home}/linuxkit.yml`]: JSON.stringify({
      ...os,
      ...(one.kind === 'extends' && { extends: [named] }),
      ...(['source', 'folder'].includes(one.kind) && { files: [read] }),
    }),
  });
}

/** Makes a symlink of the system lead elsewhere, where the file has `text`. Returns whether it has a symlink. */
export function relinkSystem(workspace: Workspace, one: RandomSystem, number: number, text: string): boolean {
  const { owner, entry, first, other, otherFile, ending, source } = placesOf(one, number);
  if (!one.isThroughLink && one.links.length === 0) return false;
  workspace.write({ [otherFile]: readFileOf(one, text) });
  if (one.isThroughLink) relink(workspace, `${owner}/${entry}`, posix.basename(other));
  else
    relink(
      workspace,
      `${owner}/${one.links[0]}l0${ending}`,
      source.replace(first, () => posix.basename(other)),
    );
  return true;
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
