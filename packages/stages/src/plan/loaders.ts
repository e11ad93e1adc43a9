import { loaderNames, type LoaderName } from '@nx-linuxkit/formats';
import { StageError } from '../error.js';
import type { ImageNode } from './image-node.js';
import { PACKAGE_PREFIX, type Settings } from './settings.js';

/** A loader's image, or the error for a format that needs it. A system without such a format builds all the same. */
export type PlannedLoader = { readonly image: ImageNode } | { readonly missing: () => StageError };

/** The Raspberry Pi's firmware is not free, so Debian's main archive, and with it the base set, lacks it. */
const WITHOUT_DEFAULT: readonly LoaderName[] = ['rpi-firmware'];

/** The reference of a loader's image; undefined for a loader that only the user can name. */
export function loaderReference(name: LoaderName, { loaders = {} }: Settings): string | undefined {
  if (loaders[name] !== undefined) return loaders[name];
  return WITHOUT_DEFAULT.includes(name) ? undefined : `${PACKAGE_PREFIX}@nx-linuxkit/images/${name}`;
}

/**
 * The loaders of a workspace for one platform. Each is looked up when it is first asked for: most formats need none.
 */
export class Loaders {
  private readonly planned = new Map<LoaderName, PlannedLoader>();

  /** `find` makes the node of a reference; it throws where there is no such package. */
  constructor(
    private readonly settings: Settings,
    private readonly find: (reference: string) => ImageNode,
  ) {}

  get(name: LoaderName): PlannedLoader {
    const known = this.planned.get(name);
    if (known) return known;
    const wrong = misnamed(this.settings);
    const loader = wrong ? { missing: () => wrong } : planLoader(name, this.settings, this.find);
    this.planned.set(name, loader);
    return loader;
  }
}

/** Finds an option that has no effect because no loader has its name. Every format that takes a loader reports it. */
function misnamed({ loaders = {} }: Settings): StageError | undefined {
  const known: readonly string[] = loaderNames;
  const name = Object.keys(loaders).find((candidate) => !known.includes(candidate));
  if (name === undefined) return undefined;
  return new StageError(
    'no-loader',
    `the plugin's option loaders names ${JSON.stringify(name)}, expected one of ${loaderNames.join(', ')}`,
    { where: { file: 'nx.json' }, hint: `Write the name of a loader in place of ${JSON.stringify(name)}.` },
  );
}

function planLoader(
  name: LoaderName,
  settings: Settings,
  find: (reference: string) => ImageNode,
): PlannedLoader {
  const reference = loaderReference(name, settings);
  if (reference === undefined) return { missing: () => noLoader(name, 'no image is named for it') };
  try {
    return { image: find(reference) };
  } catch (cause) {
    return { missing: () => noLoader(name, (cause as Error).message) };
  }
}

function noLoader(name: LoaderName, why: string): StageError {
  const install = WITHOUT_DEFAULT.includes(name) ? 'Name' : 'Install @nx-linuxkit/images, or name';
  return new StageError('no-loader', `this format needs the boot files of ${name}: ${why}`, {
    hint: `${install} an image or package that holds them: the option \`loaders.${name}\` of the plugin.`,
  });
}
