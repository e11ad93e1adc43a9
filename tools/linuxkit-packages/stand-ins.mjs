// What stands in for the images that LinuxKit's packages are built on: busybox of this machine, and scripts with the names of the
// programs that Dockerfiles run. They write the files that a Dockerfile copies, so that every instruction is run.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const scripts = join(dirname(fileURLToPath(import.meta.url)), 'stand-in');

/** The names of the images, without LinuxKit's organisation. */
export const STAND_INS = ['alpine', 'containerd-dev'];

/** Writes the packages that stand in, each into a folder with its name. */
export function writeStandIns(folder) {
  const alpine = join(folder, 'alpine/root');
  copyBusybox(alpine);
  for (const name of ['apk', 'go-compile.sh'])
    program(alpine, `usr/bin/${name}`, readFileSync(join(scripts, name)));
  file(alpine, 'etc/apk/repositories', 'https://example.org/alpine\n');
  file(alpine, 'etc/apk/repositories.upstream', 'https://example.org/upstream\n');
  file(alpine, 'lib/apk/db/installed', '');
  mkdirSync(join(alpine, 'tmp'));
  const containerd = join(folder, 'containerd-dev/root');
  for (const name of ['containerd', 'ctr', 'containerd-shim-runc-v2'])
    program(containerd, `usr/bin/${name}`, name);
  file(containerd, 'go/src/github.com/containerd/containerd/vendor/a/a.go', 'package a\n');
  for (const name of STAND_INS)
    file(folder, `${name}/Dockerfile`, 'FROM scratch\nCOPY root /\nENV PATH=/bin:/usr/bin\n');
}

/** busybox with its libraries, and a link for each of its programs. */
function copyBusybox(folder) {
  const busybox = execFileSync('which', ['busybox'], { encoding: 'utf8' }).trim();
  const libraries = execFileSync('ldd', [busybox], { encoding: 'utf8' }).match(/\/[^ ]+(?= \()/g) ?? [];
  for (const path of [busybox, ...libraries]) {
    const place = join(folder, path === busybox ? '/bin/busybox' : path);
    mkdirSync(dirname(place), { recursive: true });
    cpSync(realpathSync(path), place);
  }
  for (const name of execFileSync(busybox, ['--list'], { encoding: 'utf8' }).trim().split('\n'))
    if (name !== 'busybox') symlinkSync('busybox', join(folder, 'bin', name));
}

function program(folder, path, content) {
  file(folder, path, content);
  chmodSync(join(folder, path), 0o755);
}

function file(folder, path, content) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
