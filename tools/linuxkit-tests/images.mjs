// What stands in for the images of LinuxKit's cases: the base set under the same names, and for images of Docker Hub that the
// cases use as tools, the image of the base set that has these tools.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Images of the base set by the names of Docker Hub. */
const STAND_INS = { alpine: 'debug', busybox: 'debug', docker: 'docker', nginx: 'nginx', redis: 'redis' };
/** The init with the banner, the prompt and the names of logs that cases look for, and the binfmt with emulators. */
const RENAMED = { init: 'init-linuxkit', binfmt: 'binfmt-qemu' };

/** A line of a YAML that names an image: a container's, the kernel's, or an entry of `init`. */
const LINE =
  /^(\s*(?:-\s+)?image:\s*|\s*-\s+)(["']?)([a-z0-9][a-z0-9._/-]*)((?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?)\2(\s*(?:#.*)?)$/;

/** The package of the base set for an image name, as an absolute folder; undefined if there is none. */
export function packageOf(name, baseSet) {
  const own = /^linuxkit\/([^/]+)$/.exec(name)?.[1];
  const folder =
    own === undefined ? STAND_INS[name.replace(/^(docker\.io\/)?(library\/)?/, '')] : (RENAMED[own] ?? own);
  const path = folder && join(baseSet, folder);
  return path && existsSync(join(path, 'build.yml')) ? path : undefined;
}

/** A command line of the kernel, up to its first word. */
const CMDLINE = /^(\s*cmdline:\s*["']?)(?=\S)/;

/**
 * A YAML whose images are packages of the base set where it has them. On a busy host an emulated machine may fail the kernel's
 * check of its timer, which is left out.
 */
export function mapImages(text, baseSet) {
  return text
    .split('\n')
    .map((line) => line.replace(CMDLINE, '$1no_timer_check '))
    .map((line) => {
      const match = LINE.exec(line);
      const path = match && packageOf(match[3], baseSet);
      return path ? `${match[1]}"@pkg:${path}"${match[5]}` : line;
    })
    .join('\n');
}

/** The references of a YAML that was mapped for which there is no package: they would come from a registry. */
export function unmapped(text) {
  const images = [];
  let section = '';
  for (const line of text.split('\n')) {
    section = /^([a-z]+):/.exec(line)?.[1] ?? section;
    const match = LINE.exec(line);
    const isImage = match && (match[1].includes('image:') || section === 'init');
    if (isImage && !match[3].startsWith('@')) images.push(match[3] + match[4]);
  }
  return [...new Set(images)];
}
