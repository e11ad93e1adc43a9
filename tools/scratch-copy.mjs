// Makes a copy of the repository whose base set has new pins. A mirror keeps only the newest version of a package, so
// it may lack a pinned one: then newcomers and CI use such a copy, with a warning, and the repository stays as it is.
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** What builds and tests of whole systems read. What they write is left out. */
const SOURCES =
  /^(LICENSE|e2e|examples|images|packages|tools|nx\.json|package\.json|.*config.*\.(cjs|js|json))$/;

/** Lists the Debian packages, as `name version`, that the repository pins and no mirror has any more. */
export async function gonePackages(root) {
  const { default: debian } = await import('../packages/debian/dist/index.js');
  const { store } = await environmentOf(root);
  return debian.gonePackages(
    packageFolders(root).map((folder) => join(root, folder)),
    { store },
  );
}

/** Makes the copy and pins all of its packages anew. Removes the copy if it is interrupted, and else leaves it to the caller. */
export async function relockedCopy(root) {
  const copy = mkdtempSync(join(tmpdir(), 'nx-linuxkit-scratch-'));
  const remove = () => rmSync(copy, { recursive: true, force: true });
  process.once('exit', remove);
  for (const name of readdirSync(root).filter((name) => SOURCES.test(name))) {
    cpSync(join(root, name), join(copy, name), { recursive: true, verbatimSymlinks: true });
  }
  linkModules(join(root, 'node_modules'), join(copy, 'node_modules'));
  linkModules(join(root, 'node_modules/@nx-linuxkit'), join(copy, 'node_modules/@nx-linuxkit'));
  const environment = await environmentOf(copy);
  for (const folder of packageFolders(copy)) {
    await (await loadStages()).lockPackageFolder(environment, folder, console.log);
  }
  process.off('exit', remove);
  return copy;
}

/** Links npm's packages. A link that led into the repository leads into the copy. */
function linkModules(from, to) {
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    const path = join(from, name);
    if (name === '@nx-linuxkit') continue;
    const link = lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
    symlinkSync(link !== undefined && !link.startsWith('/') ? link : resolve(path), join(to, name));
  }
}

/** The folders of images that are made of Debian packages. An image that is built on another one pins none. */
function packageFolders(root) {
  return readdirSync(join(root, 'images'))
    .filter((name) => existsSync(join(root, 'images', name, 'build.lock.json')))
    .map((name) => `images/${name}`)
    .sort();
}

async function environmentOf(workspace) {
  return (await loadStages()).openEnvironment(workspace, {});
}

/** Loaded here, because a newcomer runs this file before the packages are compiled. */
async function loadStages() {
  return (await import('../packages/stages/dist/index.js')).default;
}
