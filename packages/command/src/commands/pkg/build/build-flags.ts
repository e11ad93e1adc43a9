import type { Flag } from '../../../definition.js';
import { exclusivePackageFlags, packageFlags } from '../package-flags.js';

const NO_CONTAINER = 'no container of a builder is started';

/** The flags of `pkg build` and `pkg push`. */
export const buildFlags: readonly Flag[] = [
  {
    name: 'platforms',
    kind: 'list',
    value: 'OS/ARCH,...',
    text: 'builds for these platforms; default: linux and the `arches` of build.yml',
  },
  {
    name: 'skip-platforms',
    kind: 'list',
    value: 'OS/ARCH,...',
    text: 'leaves out these of the `arches` of build.yml',
  },
  { name: 'force', kind: 'switch', text: 'builds again, whatever the cache and the registry have' },
  {
    name: 'pull',
    kind: 'switch',
    text: 'takes the image of the registry into the cache where the cache has none; default: it stays there, and is not built',
  },
  {
    name: 'ignore-cached',
    kind: 'switch',
    text: 'asks the registry also for images of FROM that the cache has',
  },
  {
    name: 'docker',
    kind: 'switch',
    text: 'loads the images into the Docker daemon too: as TAG-ARCH, and that of this machine as TAG',
  },
  {
    name: 'nobuild',
    kind: 'switch',
    text: 'pushes what the cache has, and builds nothing',
  },
  {
    name: 'release',
    kind: 'text',
    value: 'VERSION',
    text: 'pushes under this tag as well, unless the registry has it; default: the tag of git at HEAD, if there is one',
  },
  {
    name: 'manifest',
    kind: 'switch',
    text: 'pushes the image of each architecture also as TAG-ARCH; on by default, --manifest=false turns it off',
  },
  {
    name: 'dockerfile',
    kind: 'text',
    value: 'FILE',
    text: 'is the Dockerfile in the folder, in place of that of build.yml',
  },
  {
    name: 'build-arg-file',
    kind: 'repeated',
    value: 'FILE',
    text: 'has build arguments, NAME=VALUE on each line, which win over those of build.yml; may be repeated',
  },
  {
    name: 'ssh',
    kind: 'repeated',
    value: 'default|ID=PATH',
    text: 'gives RUN --mount=type=ssh an agent; may be repeated',
  },
  {
    name: 'secret',
    kind: 'repeated',
    value: 'id=NAME,src=FILE',
    as: 'ours',
    text: 'gives RUN --mount=type=secret a file, or with env=VARIABLE a variable; may be repeated',
  },
  { name: 'dry-run', kind: 'switch', text: 'prints what would be built, and builds nothing' },
  {
    name: 'progress',
    kind: 'text',
    value: 'KIND',
    choices: ['auto', 'plain', 'tty'],
    as: 'needless',
    text: 'the builder’s lines are always shown as they come',
  },
  {
    name: 'precache-images',
    kind: 'switch',
    as: 'needless',
    text: 'images of FROM always come through the cache, and a builder asks no registry',
  },
  {
    name: 'sbom-scanner',
    kind: 'text',
    value: 'IMAGE',
    as: 'needless',
    text: 'no SBOM is made of a package',
  },
  {
    name: 'builders',
    kind: 'text',
    value: 'PLATFORM=CONTEXT,...',
    as: 'refused',
    text: 'contexts of Docker are not read: set DOCKER_HOST or BUILDKIT_HOST for one call for each platform (--platforms)',
  },
  { name: 'builder-name', kind: 'text', value: 'NAME', as: 'needless', text: NO_CONTAINER },
  { name: 'builder-image', kind: 'text', value: 'IMAGE', as: 'needless', text: NO_CONTAINER },
  { name: 'builder-config', kind: 'text', value: 'FILE', as: 'needless', text: NO_CONTAINER },
  { name: 'builder-restart', kind: 'switch', as: 'needless', text: NO_CONTAINER },
  ...packageFlags,
];

/** Flags of which at most one may be given. */
export const exclusiveBuildFlags: readonly (readonly string[])[] = [
  ['platforms', 'skip-platforms'],
  ['force', 'pull'],
  ['force', 'nobuild'],
  ...exclusivePackageFlags,
];
