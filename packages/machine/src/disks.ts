import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { MachineError } from './error.js';
import { DEFAULT_ARCHITECTURE, type ExtraDisk } from './options.js';
import { notInstalled } from './qemu-programs.js';

const run = promisify(execFile);
const MIB = 1024 ** 2;
/** Bytes of each unit of size. As in LinuxKit, a number without a unit is in GiB. */
const UNITS: Record<string, number> = { '': 1024 * MIB, G: 1024 * MIB, M: MIB };

export interface ResolvedDisk {
  readonly path: string;
  readonly format: 'raw' | 'qcow2';
}

/** Parses `[file=]path[,size=N[M|G]][,format=raw|qcow2]`. Throws `invalid-option`. */
export function parseDisk(text: string): ExtraDisk {
  const disk: { path?: string; size?: number; format?: 'raw' | 'qcow2' } = {};
  text.split(',').forEach((part, index) => {
    const [key, value] = /^(file|size|format)=(.*)$/s.exec(part)?.slice(1) ?? ['', ''];
    if (key === 'file') disk.path = value;
    else if (key === 'size') disk.size = parseSize(value, text);
    else if (key === 'format' && (value === 'raw' || value === 'qcow2')) disk.format = value;
    else if (key === '' && index === 0 && part !== '') disk.path = part;
    else throw unreadable(text, part);
  });
  return disk;
}

function parseSize(text: string, disk: string): number {
  const match = /^(\d+)([MG]?)$/.exec(text);
  if (!match || Number(match[1]) === 0) throw unreadable(disk, `size=${text}`);
  return Number(match[1]) * UNITS[match[2]];
}

function unreadable(disk: string, part: string): MachineError {
  return new MachineError(
    'invalid-option',
    `cannot read ${JSON.stringify(part)} in the disk ${JSON.stringify(disk)}`,
    {
      hint: 'Write a disk as path,size=512M,format=raw; a size without a unit is in GiB, formats are raw and qcow2.',
    },
  );
}

/** Makes disks that do not exist yet, and returns all in order. `state` is the folder of disks without a path. */
export async function prepareDisks(
  given: readonly (string | ExtraDisk)[],
  state: string,
): Promise<ResolvedDisk[]> {
  const disks: ResolvedDisk[] = [];
  for (const [index, item] of given.entries()) {
    const disk = typeof item === 'string' ? parseDisk(item) : item;
    const path = disk.path ?? join(state, `disk${index}.img`);
    const format = disk.format ?? 'raw';
    if (!existsSync(path)) await makeDisk(path, format, disk.size);
    disks.push({ path, format });
  }
  return disks;
}

async function makeDisk(path: string, format: 'raw' | 'qcow2', size: number | undefined): Promise<void> {
  if (size === undefined) {
    throw new MachineError('medium-missing', `no disk at ${path}`, {
      hint: 'Give a size, and an empty disk is made there; in project.json, because Nx splits a list of the command line at commas.',
    });
  }
  if (format === 'raw') return makeSparse(path, size);
  try {
    await run('qemu-img', ['create', '-q', '-f', format, path, String(size)]);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      throw notInstalled('qemu-img', DEFAULT_ARCHITECTURE);
    const { stderr = '' } = error as { stderr?: string };
    throw new MachineError('qemu-failed', `qemu-img cannot make ${path}: ${stderr.trim()}`, {
      cause: error,
    });
  }
}

/** Makes a sparse file. The flag `wx` refuses a file that has appeared meanwhile, as it may contain data. */
async function makeSparse(path: string, size: number): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.truncate(size);
  } finally {
    await file.close();
  }
}
