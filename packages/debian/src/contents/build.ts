import { readBuild as readDocument } from '@nx-linuxkit/spec';
import type { BuildDocument } from '@nx-linuxkit/spec';
import { ARCHITECTURES } from '../architecture.js';
import type { Architecture } from '../architecture.js';
import { DebianError } from '../errors.js';
import type { Build, Contents } from './model.js';
import { DEFAULT_COMPONENTS } from '../archive/components.js';
import { checkContents } from './rules.js';
import { BUILD_SCHEMA } from './schema.js';

/** The name of the file that describes an image, in its package folder. */
export const BUILD_FILE = 'build.yml';

/** The suite without a key `suite`: a stable release, whose packages change with its point releases only. */
const DEFAULT_SUITE = 'bookworm';

const DEFAULTS: Contents = {
  suite: DEFAULT_SUITE,
  components: DEFAULT_COMPONENTS,
  packages: [],
  exclude: [],
  binaries: [],
  files: [],
  links: {},
  users: [],
  groups: [],
  owners: [],
  concatenate: [],
  mergedUsr: false,
  depmod: false,
  archives: [],
  labels: {},
};

/**
 * Parses and checks a build.yml with `contents`; `file` is its path, for messages. Throws `bad-build`, or a `SpecError`
 * for what is wrong by the schema, with the place of the fault.
 */
export function readBuild(text: string, file: string): Build {
  const document = readDocument<{ contents?: Partial<Contents> }>(file, text, BUILD_SCHEMA);
  const { image, org = 'linuxkit', config, contents, gitrepo } = document.value;
  checkContents(document);
  if (!contents) throw new DebianError('bad-build', 'build.yml has no contents', { where: { file } });
  const labels: Record<string, string> = gitrepo ? { 'org.opencontainers.image.source': gitrepo } : {};
  return {
    file,
    image,
    org,
    arches: architectures(document),
    config,
    contents: { ...DEFAULTS, ...contents, labels: { ...labels, ...contents.labels } },
  };
}

/** Keeps the supported architectures: LinuxKit's key `arches` may name others. */
function architectures({ value, where }: BuildDocument): readonly Architecture[] {
  const known = ARCHITECTURES.filter((architecture) => value.arches?.includes(architecture) ?? true);
  if (known.length > 0) return known;
  throw new DebianError('bad-build', `arches: expected one of ${ARCHITECTURES.join(', ')}`, {
    where: where(['arches']),
    hint: 'Name one of them, or remove the key to build for all of them.',
  });
}

/** Returns the contents for one architecture, with `${arch}` replaced in every string. */
export function contentsFor({ contents }: Build, architecture: Architecture): Contents {
  return JSON.parse(JSON.stringify(contents).replaceAll('${arch}', architecture)) as Contents;
}
