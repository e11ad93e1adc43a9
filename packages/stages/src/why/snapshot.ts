import { createHmac } from 'node:crypto';
import { join } from 'node:path';
import { outputPathIn, type Environment } from '../environment.js';
import type { PlacedFile } from '../initramfs/files.js';
import { keyOf } from '../plan/key.js';
import type { OsPlan } from '../plan/os-plan.js';
import { readSeal } from '../seal.js';
import type { Field } from './fields/field.js';
import { filePlaces } from './fields/files.js';
import { fieldsOf } from './fields/index.js';
import { packagePlace, packageReaders, packagesOf } from './fields/packages.js';
import type { Snapshot } from './history.js';
import { packageFiles } from './package-files.js';

/** Hexadecimal digits of a hash: 128 bits. */
const DIGITS = 32;

/** The tasks that read the bytes of `files` entries. */
const READ_FILES = ['initramfs', 'format'];

/** What a snapshot is made of. */
export interface SnapshotInput {
  readonly plan: OsPlan;
  /** The files of the system as the build has read them; empty if it read none. */
  readonly files: readonly PlacedFile[];
  readonly secret: string;
  /** The snapshot of an earlier build: what is known to be unchanged since is not read again. */
  readonly earlier?: Snapshot;
}

/** Hashes all that a system is made of. */
export async function takeSnapshot(environment: Environment, input: SnapshotInput): Promise<Snapshot> {
  const { plan, secret } = input;
  const fields = new HashedFields(secret);
  for (const field of fieldsOf(plan)) fields.add(field);
  addFileBytes(fields, input);
  const packages: Record<string, string> = {};
  for (const image of packagesOf(plan)) {
    const place = packagePlace(image);
    const seal = await readSeal(outputPathIn(environment, image.root, 'image'));
    const readers = packageReaders(plan, image);
    if (seal) packages[place] = seal.key;
    if (seal && input.earlier?.packages[place] === seal.key) fields.keep(place, input.earlier, readers);
    else {
      const folder = join(environment.workspaceRoot, image.source.folder);
      for (const [name, value] of packageFiles(environment.workspaceRoot, folder, image))
        fields.add({ place, name, value, readers });
    }
  }
  return { at: new Date().toISOString(), ...fields.all(), packages };
}

/** Adds the bytes of `files` entries whose source is a file or a folder. A build that read none leaves the earlier hashes. */
function addFileBytes(fields: HashedFields, { plan, files, earlier }: SnapshotInput): void {
  const placed = new Map<string | undefined, PlacedFile[]>();
  for (const file of files) {
    const location = file.inode.origin?.location;
    const known = placed.get(location);
    if (known) known.push(file);
    else placed.set(location, [file]);
  }
  filePlaces(plan.os.files).forEach((place, i) => {
    const { source, directory } = plan.os.files[i];
    if (source === undefined) return;
    if (files.length === 0) return earlier && fields.keep(place, earlier, READ_FILES, [BYTES]);
    const found = placed.get(`files[${i}]`) ?? [];
    const ids = found.map(({ path, inode }) => [path, inode.content?.source.id]);
    const value = directory ? ids : (found[0]?.inode.content?.source.id ?? 'absent');
    fields.add({ place, name: BYTES, value, readers: READ_FILES });
  });
}

/** The name of the bytes of a file among the fields. */
const BYTES = 'bytes';

type Fields = Record<string, Record<string, readonly [string, number]>>;

/** Hashes fields, and keeps each list of readers once. */
class HashedFields {
  private readonly fields: Fields = {};
  private readonly readers = new Map<string, number>();

  constructor(private readonly secret: string) {}

  add({ place, name, value, readers }: Field): void {
    const hash = createHmac('sha256', this.secret)
      .update(keyOf(value ?? null))
      .digest('hex');
    this.set(place, name, [hash.slice(0, DIGITS), this.indexOf(readers)]);
  }

  /** Takes the hashes of a place from an earlier snapshot. Default of `names`: those that are not fields of the plan. */
  keep(place: string, { fields }: Snapshot, readers: readonly string[], names?: readonly string[]): void {
    for (const [name, [hash]] of Object.entries(fields[place] ?? {})) {
      const isWanted = names ? names.includes(name) : this.fields[place]?.[name] === undefined;
      if (isWanted) this.set(place, name, [hash, this.indexOf(readers)]);
    }
  }

  all(): Pick<Snapshot, 'fields' | 'readers'> {
    return { fields: this.fields, readers: [...this.readers.keys()].map((list) => JSON.parse(list)) };
  }

  private set(place: string, name: string, field: readonly [string, number]): void {
    (this.fields[place] ??= {})[name] = field;
  }

  private indexOf(readers: readonly string[]): number {
    const key = JSON.stringify([...new Set(readers)].sort());
    const index = this.readers.get(key) ?? this.readers.size;
    this.readers.set(key, index);
    return index;
  }
}
