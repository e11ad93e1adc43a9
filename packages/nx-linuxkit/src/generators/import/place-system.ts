import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, posix } from 'node:path';
import { joinPathFragments, type Tree } from '@nx/devkit';
import { describe } from '@nx-linuxkit/errors';
import { formatNames } from '@nx-linuxkit/formats';
import { readOsList, readVariants, type OsSpec } from '@nx-linuxkit/spec';
import { parseOsFile, systemNameOf } from '@nx-linuxkit/stages/plan';
import type { Source } from './find-sources.js';
import type { ImportPlan } from './import-plan.js';

/** A YAML in its place in the workspace. */
export interface PlacedSystem {
  readonly file: string;
  readonly name: string;
  /** One for each system that the YAML describes; empty where it cannot be read. */
  readonly systems: readonly OsSpec[];
}

/** Takes a YAML into the workspace: in place, by the option `include`, or as a copy with the files that it reads. */
export function placeSystem(source: Source, directory: string, tree: Tree, plan: ImportPlan): PlacedSystem {
  const file = source.file ?? copyTarget(source, directory);
  if (source.file === undefined) copy(source, file, tree, plan);
  if (!parseOsFile(file)) plan.include(file);
  const name = systemNameOf(file);
  const systems = read(file, tree, plan);
  plan.did(`${source.file ?? source.path} is the system ${name} (${file}): nx build ${name}`);
  return { file, name, systems };
}

/** `examples/redis.yml` becomes `systems/redis/linuxkit.yml`; `redis/linuxkit.yml` is named after its folder. */
function copyTarget({ within, path }: Source, directory: string): string {
  const stem = posix
    .basename(within)
    .replace(/\.ya?ml$/, '')
    .replace(/(^|\.)linuxkit$/, '');
  const name = stem === '' ? posix.basename(dirname(path)) : stem;
  return joinPathFragments(directory, name, 'linuxkit.yml');
}

function copy({ text, path }: Source, file: string, tree: Tree, plan: ImportPlan): void {
  write(file, text, tree, plan);
  const from = dirname(path);
  for (const name of relativePaths(text)) {
    const origin = join(from, name);
    const target = joinPathFragments(posix.dirname(file), name);
    if (isAbsolute(name) || name.startsWith('..') || name.startsWith('~')) {
      plan.leaves(
        `${file} reads ${name}, which is not beside it: copy it into the workspace and name it from there`,
      );
    } else if (existsSync(origin)) copyTree(origin, target, tree, plan);
    else plan.leaves(`${file} reads ${name}, which is not beside ${path}: copy it to ${target}`);
  }
}

/** The paths that a YAML names relative to itself: those of `source`, and folders of packages. */
function relativePaths(text: string): string[] {
  const sources = [...text.matchAll(/^\s*(?:- )?\s*source:\s*["']?([^"'#\n]+?)["']?\s*$/gm)].map(
    ([, name]) => name,
  );
  const packages = [...text.matchAll(/["']@pkg:(\.\.?\/[^"']+)["']/g)].map(([, name]) => name);
  return [...new Set([...sources, ...packages])].filter((name) => !name.startsWith('/'));
}

function copyTree(origin: string, target: string, tree: Tree, plan: ImportPlan): void {
  const found = statSync(origin);
  if (found.isFile()) write(target, readFileSync(origin), tree, plan);
  if (!found.isDirectory()) return;
  for (const name of readdirSync(origin).sort())
    copyTree(join(origin, name), posix.join(target, name), tree, plan);
}

/** Writes a file that does not exist yet. One with other bytes stays, because a person may have changed it. */
function write(file: string, bytes: string | Buffer, tree: Tree, plan: ImportPlan): void {
  if (!tree.exists(file)) return void tree.write(file, bytes);
  if (!tree.read(file)?.equals(Buffer.from(bytes)))
    plan.leaves(`${file} exists with other contents, and stays as it is`);
}

function read(file: string, tree: Tree, plan: ImportPlan): OsSpec[] {
  const load = (path: string): string => {
    const text = tree.read(path, 'utf8');
    if (text === null) throw new Error(`${path} does not exist`);
    return text;
  };
  try {
    return readVariants([file], load).map((variant) =>
      readOsList([file], load, { variant, formats: formatNames }),
    );
  } catch (error) {
    plan.leaves(describe(error));
    return [];
  }
}
