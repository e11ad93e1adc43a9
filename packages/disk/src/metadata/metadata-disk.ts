import { DEFAULT_MTIME, bytesContent } from '@nx-linuxkit/tree';
import { readImage } from '../image/image.js';
import { isoImage } from '../iso/image.js';

/**
 * Disks that hand a text to a guest, by the label of their volume: LinuxKit's `config`, `cidata` of cloud-init's NoCloud, and
 * `config-2` of OpenStack.
 */
export const METADATA_DISKS = ['cidata', 'config-2', 'config'] as const;

/** One of `METADATA_DISKS`. */
export type MetadataDisk = (typeof METADATA_DISKS)[number];

/** What a guest is told. */
export interface GuestMetadata {
  /** The machine's name, which `cidata` and `config-2` hold too. */
  readonly name: string;
  /** The user data. */
  readonly text: string;
}

/** The files of each disk. */
const FILES: Readonly<Record<MetadataDisk, (metadata: GuestMetadata) => Readonly<Record<string, string>>>> = {
  config: ({ text }) => ({ config: text }),
  // https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html
  cidata: ({ name, text }) => ({
    'meta-data': `instance-id: ${JSON.stringify(name)}\nlocal-hostname: ${JSON.stringify(name)}\n`,
    'user-data': text,
  }),
  // https://docs.openstack.org/nova/latest/user/metadata.html
  'config-2': ({ name, text }) => ({
    'openstack/latest/meta_data.json': `${JSON.stringify({ uuid: name, hostname: name, name })}\n`,
    'openstack/latest/user_data': text,
  }),
};

/** Bytes of an ISO 9660 volume with Rock Ridge that hands a text to a guest. Equal metadata make equal bytes. */
export async function metadataDisk(
  kind: MetadataDisk,
  metadata: GuestMetadata,
): Promise<AsyncIterable<Uint8Array>> {
  const common = { uid: 0, gid: 0, mtime: DEFAULT_MTIME } as const;
  const entries = Object.entries(FILES[kind](metadata)).map(([path, text]) => ({
    path,
    inode: { type: 'file', mode: 0o644, ...common, content: bytesContent(text) } as const,
  }));
  const folders = new Set(entries.flatMap(({ path }) => parentsOf(path)));
  const parents = [...folders].map((path) => ({
    path,
    inode: { type: 'dir', mode: 0o755, ...common } as const,
  }));
  return readImage(await isoImage([...parents, ...entries], { volume: kind }));
}

/** `a` and `a/b` of `a/b/c`. */
function parentsOf(path: string): string[] {
  const steps = path.split('/').slice(0, -1);
  return steps.map((_, i) => steps.slice(0, i + 1).join('/'));
}
