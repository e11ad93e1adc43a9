import { TreeError } from '../error.js';
import type { LayerEntry } from '../layer-entry.js';
import { PATH_MAX } from '../linux-limits.js';
import { nameFromBytes } from '../name.js';
import { cleanPath } from '../path.js';
import type { TarHeader } from './header.js';
import type { TarLimits } from './limits.js';
import { readPax, type PaxRecords } from './pax.js';

/** A type of entry, or `meta` for a header that describes the next member. */
type Kind = LayerEntry['type'] | 'meta';

const KINDS: Readonly<Record<string, Kind>> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'dir',
  '6': 'fifo',
  x: 'meta',
  X: 'meta',
  g: 'meta',
  L: 'meta',
  K: 'meta',
};

const REFUSED: Readonly<Record<string, string>> = {
  S: 'a sparse file (old GNU format)',
  M: 'a part of a multi-volume archive',
  V: 'a volume label',
  D: 'an incremental dump directory',
  N: 'an old GNU long name',
};

/** The largest user or group id; 2^32 - 1 means "none" to the kernel. */
const MAX_ID = 0xfffffffe;

/** What a header's type flag stands for; refuses flags whose members this package cannot hold. */
export function kindOf({ flag }: TarHeader): Kind {
  const kind = KINDS[flag];
  if (kind === undefined) {
    const what = REFUSED[flag] ?? `a member of unknown type ${JSON.stringify(flag)}`;
    throw new TreeError('unsupported', `it is ${what}`);
  }
  return kind;
}

/** Characters of a name that an error shows: enough for any path that people read. */
const SHOWN = 200;

/** Adds to an error's message the member's name, where it is known, and the byte of the tar at which it begins. */
export function describeMember(error: unknown, at: number, name?: string): unknown {
  if (!(error instanceof TreeError)) return error;
  const shown = name === undefined ? '' : ` ${JSON.stringify(name.slice(0, SHOWN))}`;
  return new TreeError(error.code, `tar member${shown} at byte ${at}: ${error.message}`, {
    hint: error.hint,
    cause: error.cause,
  });
}

/** Combines each header with the PAX and GNU records that stand before it. */
export class MemberReader {
  private pax?: PaxRecords;
  private globals: PaxRecords = {};
  private longName?: string;
  private longLink?: string;
  private keptBytes = 0;

  constructor(private readonly limits: TarLimits) {}

  /** Whether records were read whose member has not come yet. */
  get pending(): boolean {
    return this.pax !== undefined || this.longName !== undefined || this.longLink !== undefined;
  }

  /** Remembers a record for the next member, or, for a global PAX header, for all that follow. */
  takeMeta({ flag }: TarHeader, bytes: Buffer): void {
    if (flag === 'L') {
      refuseSecond(this.longName, 'GNU long name');
      this.longName = untilNul(bytes);
    } else if (flag === 'K') {
      refuseSecond(this.longLink, 'GNU long link');
      this.longLink = untilNul(bytes);
    } else if (flag === 'g') {
      this.globals = { ...this.globals, ...readGlobals(bytes) };
    } else {
      refuseSecond(this.pax, 'PAX header');
      this.pax = readPax(bytes);
    }
  }

  /** The name that a header and the records before it give the member. */
  nameOf({ name }: TarHeader): string {
    return this.pax?.path ?? this.longName ?? name;
  }

  /**
   * The entry of a header and the records before it. As in GNU tar, PAX records win over GNU long names, and those win
   * over the header. `offset` is the byte of the layer at which the body starts.
   */
  read(header: TarHeader, kind: Kind, offset: number): LayerEntry {
    const pax = this.pax ? { ...this.globals, ...this.pax } : this.globals;
    const name = this.nameOf(header);
    const link = pax.linkpath ?? this.longLink ?? header.linkname;
    this.pax = this.longName = this.longLink = undefined;

    const type = this.typeOf(kind, name);
    const path = this.pathOf(name);
    const entry: Writable<LayerEntry> = {
      path,
      type,
      mode: header.mode,
      uid: checkId(pax.uid ?? header.uid, 'uid'),
      gid: checkId(pax.gid ?? header.gid, 'gid'),
      mtime: pax.mtime ?? header.mtime,
      size: sizeOf(header, pax, type),
      offset,
    };
    if (type === 'symlink') entry.target = checkTarget(link, path);
    else if (type === 'hardlink') entry.target = this.pathOf(link);
    else if (type === 'char' || type === 'block') entry.device = [header.major, header.minor];
    if (pax.xattrs) entry.xattrs = pax.xattrs;
    if (path === '' && type !== 'dir') {
      throw new TreeError('unsafe-path', `the root of the tree is given as a ${type}`);
    }
    this.count(entry);
    return entry;
  }

  /** Before POSIX, a directory was an empty file whose name ends in a slash; GNU tar still reads it as one. */
  private typeOf(kind: Kind, name: string): LayerEntry['type'] {
    return kind === 'file' && name.endsWith('/') ? 'dir' : (kind as LayerEntry['type']);
  }

  private pathOf(name: string): string {
    const path = cleanPath(name);
    if (path.length >= PATH_MAX) {
      throw new TreeError('too-long', `expected a name below ${PATH_MAX} characters, got ${path.length}`);
    }
    if (path.length > this.limits.depth && path.split('/').length > this.limits.depth) {
      throw new TreeError('limit', `a name has more than ${this.limits.depth} components`);
    }
    return path;
  }

  private count({ path, target, xattrs }: LayerEntry): void {
    this.keptBytes += path.length + (target?.length ?? 0);
    for (const name in xattrs) this.keptBytes += name.length + xattrs[name]!.length;
    if (this.keptBytes > this.limits.keptBytes) {
      throw new TreeError('limit', `names, links and xattrs have more than ${this.limits.keptBytes} bytes`);
    }
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * The size of a member's body, which decides where the next header lies. PAX wins over ustar: a reader that skips by
 * one size and reports the other can be shown different members (CVE-2025-62518). Only files have a body. The ustar
 * size of a hard link or of a directory counts as 0, as in GNU tar, bsdtar, Python and Go: some writers put the size that
 * the file system gives a directory into its header. On all other sizes readers disagree, so they are refused.
 */
function sizeOf(header: TarHeader, pax: PaxRecords, type: LayerEntry['type']): number {
  // A directory by its flag, not by the slash at the end of a file's name, which readers skip the body of.
  const bodiless = type === 'hardlink' || header.flag === '5';
  const size = pax.size ?? header.size;
  if (size < 0) throw new TreeError('malformed', `its size is ${size}`);
  if (bodiless && !pax.size) return 0;
  if (size > 0 && type !== 'file') {
    throw new TreeError('malformed', `it is a ${type} and has ${size} bytes`);
  }
  return size;
}

function checkId(id: number, what: string): number {
  if (id < 0 || id > MAX_ID)
    throw new TreeError('range', `expected a ${what} from 0 to ${MAX_ID}, got ${id}`);
  return id;
}

function checkTarget(target: string, path: string): string {
  if (target === '') throw new TreeError('malformed', `symlink ${JSON.stringify(path)} has no target`);
  if (target.length >= PATH_MAX) {
    throw new TreeError(
      'too-long',
      `expected a symlink target below ${PATH_MAX} characters, got ${target.length}`,
    );
  }
  return target;
}

/** Global headers are for times and owners. One name or one size for all members can only be an attack. */
function readGlobals(bytes: Buffer): PaxRecords {
  const records = readPax(bytes);
  if (records.path !== undefined || records.linkpath !== undefined || records.size !== undefined) {
    throw new TreeError('malformed', 'a global PAX header sets path, linkpath or size');
  }
  return records;
}

/** Refuses a second record of a kind before one member: readers disagree on which of the two counts. */
function refuseSecond(first: unknown, what: string): void {
  if (first !== undefined)
    throw new TreeError('malformed', `expected one record "${what}" before a member, got two`);
}

function untilNul(bytes: Buffer): string {
  const nul = bytes.indexOf(0);
  return nameFromBytes(nul < 0 ? bytes : bytes.subarray(0, nul));
}
