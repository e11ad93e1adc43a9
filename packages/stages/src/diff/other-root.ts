import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { findFormat, formats } from '@nx-linuxkit/formats';
import { parseReference } from '@nx-linuxkit/oci';
import type { Tree } from '@nx-linuxkit/tree';
import type { Environment, Log } from '../environment.js';
import { StageError } from '../error.js';
import { Pipeline } from '../pipeline.js';
import type { OsPlan } from '../plan/os-plan.js';
import { pullSystem } from '../publish/system/pull-system.js';
import { atCommit, commitOf } from './git-checkout.js';
import type { OpenFiles } from './open-files.js';
import { readInitrd } from './read-initrd.js';

/** The other side of a comparison. */
export interface OtherRoot {
  readonly root: Tree;
  /** Present where the system was planned again, which says what images it has. */
  readonly plan?: OsPlan;
}

/** What opening the other side takes. */
export interface OpenOther {
  readonly environment: Environment;
  /** A folder of formats, relative to `cwd`, a git ref, or the reference of a system that was pushed. */
  readonly with: string;
  readonly cwd: string;
  /** Plans the system as the files in another folder have it, such as those of a commit. */
  readonly planIn: (environment: Environment, log: Log) => Promise<OsPlan>;
  /** Keeps the files open that the root lies in. */
  readonly files: OpenFiles;
  readonly log: Log;
}

/** The formats that have the root as an initrd, the cheapest first. */
const WITH_INITRD = formats.filter(({ name }) => findFormat(name)?.files.initrd && name === 'kernel+initrd');

/**
 * Opens the other side and runs `use` with its root, which is gone afterwards. Throws StageError `bad-option` for a name that is
 * no folder, no ref and no reference, and the Fault of whatever reading that side throws.
 */
export async function withOther<T>(request: OpenOther, use: (other: OtherRoot) => Promise<T>): Promise<T> {
  const { environment, with: named, cwd } = request;
  const scratch = await environment.store.temp();
  await mkdir(scratch, { recursive: true });
  try {
    const folder = resolve(cwd, named);
    if ((await stat(folder).catch(() => undefined))?.isDirectory()) {
      return await use({ root: await rootIn(folder, scratch, request) });
    }
    const commit = await commitOf(environment.workspaceRoot, named);
    if (commit !== undefined) return await withCommit(commit, scratch, request, use);
    if (isReference(named)) return await use({ root: await pulledRoot(scratch, request) });
    throw unknown(named);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The root of the first initrd that lies in a folder, in the folder of its format, or directly. */
async function rootIn(folder: string, scratch: string, { with: named, files }: OpenOther): Promise<Tree> {
  for (const { name, files: suffixes } of WITH_INITRD) {
    for (const place of [join(folder, name), folder]) {
      const found = await readdir(place).catch(() => []);
      const initrd = found.filter((file) => file.endsWith(suffixes.initrd as string));
      if (initrd.length > 1) throw several(named, initrd);
      if (initrd.length === 1) return readInitrd(join(place, initrd[0]), scratch, files);
    }
  }
  throw new StageError('missing-file', `there is no initrd of ${formatsWithInitrd()} in ${named}`, {
    hint: 'Build the system with that format, and name the folder that holds it.',
  });
}

async function pulledRoot(scratch: string, request: OpenOther): Promise<Tree> {
  const { environment, with: reference, log, files } = request;
  const preferred = WITH_INITRD.map(({ name }) => name);
  const { prefix, format } = await pullSystem(environment, { reference, preferred, folder: scratch }, log);
  return readInitrd(prefix + (findFormat(format)?.files.initrd as string), scratch, files);
}

/** Plans the system as the files of a commit have it, and makes its root in a folder of its own. */
async function withCommit<T>(
  commit: string,
  scratch: string,
  { environment, planIn, log }: OpenOther,
  use: (other: OtherRoot) => Promise<T>,
): Promise<T> {
  const workspaceRoot = await atCommit(environment.workspaceRoot, commit, scratch);
  const plan = await planIn({ ...environment, workspaceRoot, keepsHistory: false }, log);
  const settings = plan.settings;
  const pipeline = new Pipeline({ ...environment, workspaceRoot, settings, keepsHistory: false });
  try {
    const { root } = await pipeline.root(plan, log);
    return await use({ root, plan });
  } finally {
    await pipeline.close();
  }
}

function isReference(text: string): boolean {
  try {
    return text.includes('/') && parseReference(text).transport === 'registry';
  } catch {
    return false;
  }
}

function formatsWithInitrd(): string {
  return WITH_INITRD.map(({ name }) => name).join(' or ');
}

function several(named: string, found: readonly string[]): StageError {
  return new StageError('bad-option', `${named} has several initrds: ${[...found].sort().join(', ')}`, {
    hint: 'Name a folder that has the files of one system.',
  });
}

function unknown(named: string): StageError {
  return new StageError(
    'bad-option',
    `${JSON.stringify(named)} is no folder, no git ref and no reference of a system`,
    {
      hint: 'Name a folder such as dist/my-os, a ref such as HEAD~1, or a reference such as registry.example/systems/my-os:1.0.',
    },
  );
}
