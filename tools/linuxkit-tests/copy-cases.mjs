// Copies the cases and examples of a checkout into a folder of their own, with images of the base set in their YAMLs.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mapImages } from './images.mjs';

/** What the cases read, relative to the checkout. */
const READ = ['test/cases', 'examples'];

/** Returns the folder of the cases in the copy. Throws an Error for a folder that is no checkout of LinuxKit. */
export function copyCases(checkout, into, baseSet) {
  if (!existsSync(join(checkout, 'test/cases/_lib/lib.sh'))) {
    throw new Error(
      `${checkout} has no test/cases/_lib/lib.sh: name a checkout of LinuxKit by --checkout=FOLDER`,
    );
  }
  for (const folder of READ) {
    if (existsSync(join(checkout, folder)))
      cpSync(join(checkout, folder), join(into, folder), { recursive: true });
  }
  for (const path of filesBelow(into)) {
    if (!isSystem(path)) continue;
    writeFileSync(path, mapImages(readFileSync(path, 'utf8'), baseSet));
  }
  const cases = join(into, 'test/cases');
  // LinuxKit's own runner writes this file, which lib.sh reads.
  mkdirSync(join(cases, '_tmp'), { recursive: true });
  writeFileSync(join(cases, '_tmp/env.sh'), `export LINUXKIT_EXAMPLES_DIR='${join(into, 'examples')}'\n`);
  commit(into);
  return cases;
}

/** Makes the copy a repository of git, because tags of packages are hashes of git. */
function commit(folder) {
  const git = (...args) => execFileSync('git', ['-C', folder, ...args], { stdio: 'pipe' });
  git('init', '-q');
  git('add', '-A', '-f');
  git('-c', 'user.name=cases', '-c', 'user.email=cases@localhost', 'commit', '-q', '-m', 'cases');
}

/** Whether a file is the YAML of a system; a build.yml names the image that it makes. */
export function isSystem(path) {
  return /\.ya?ml(\.in)?$/.test(path) && !/^build.*\.yml$/.test(basename(path));
}

/** All files below a folder, sorted. */
export function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() ? [path] : [];
    });
}
