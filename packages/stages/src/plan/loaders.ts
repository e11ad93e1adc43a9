import { StageError } from '../error.js';
import type { ImageNode } from './os-plan.js';
import type { Settings } from './settings.js';

/** What formats take boot files from: images, pinned as all others. */
export const loaderNames = [
  'isolinux',
  'syslinux',
  'grub-efi',
  'efi-stub',
  'rootfs-loader',
  'rpi-firmware',
] as const;
export type LoaderName = (typeof loaderNames)[number];

/** A loader's image, or why there is none: said when a format needs it, and not by every OS of the workspace. */
export type PlannedLoader = { readonly image: ImageNode } | { readonly missing: () => StageError };

/** The Raspberry Pi's firmware is not free, so Debian's main archive, and with it the base set, lacks it. */
const WITHOUT_DEFAULT: readonly LoaderName[] = ['rpi-firmware'];

/** The reference of a loader's image; undefined for one that only the user can name. */
export function loaderReference(name: LoaderName, { loaders = {} }: Settings): string | undefined {
  return loaders[name] ?? (WITHOUT_DEFAULT.includes(name) ? undefined : `@pkg:@nx-linuxkit/images/${name}`);
}

/**
 * The loaders of a workspace for one platform, each looked up when it is first asked for, as most formats take none;
 * `find` makes the node of a reference.
 */
export class Loaders {
  private readonly planned = new Map<LoaderName, PlannedLoader>();

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

/** A name that nothing asks for would be without effect: said by whatever takes a loader. */
function misnamed({ loaders = {} }: Settings): StageError | undefined {
  const known: readonly string[] = loaderNames;
  const name = Object.keys(loaders).find((candidate) => !known.includes(candidate));
  if (name === undefined) return undefined;
  return new StageError(
    'no-loader',
    `the plugin's option loaders names ${JSON.stringify(name)}, which is none`,
    {
      where: { file: 'nx.json' },
      hint: `Loaders are ${loaderNames.join(', ')}.`,
    },
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
