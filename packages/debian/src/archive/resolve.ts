import { DebianError } from '../errors.js';
import type { PackageIndex, PackageRecord, Relation } from './packages.js';
import { formatRelation, satisfies } from './relation.js';

/** A package that was named or that another one needs. */
export interface Resolved {
  readonly package: PackageRecord;
  /** `named in build.yml`, or `needed by nginx: libc6 (>= 2.34)`. */
  readonly why: string;
  /** The smallest number of dependencies that lead from a named package to this one. */
  readonly depth: number;
}

/** How dependencies are resolved. */
export interface ResolveOptions {
  /** Names of packages to leave out, together with the packages that only they need. */
  readonly exclude?: readonly string[];
}

/**
 * Finds the named packages and all that they depend on (Pre-Depends and Depends, but not Recommends), sorted by name.
 * Among alternatives it takes one that is already in the set, else the first that a real package satisfies, else the
 * first provider by name. Conflicts are ignored, because files are only picked and nothing is installed.
 *
 * Throws `unknown-package` or `unsatisfiable`.
 */
export function resolvePackages(
  index: PackageIndex,
  names: readonly string[],
  options: ResolveOptions = {},
): Resolved[] {
  const exclude = new Set(options.exclude);
  const chosen = new Map<string, Resolved>();
  const queue: Resolved[] = names.map((name) => ({
    package: named(index, name),
    why: 'named in build.yml',
    depth: 0,
  }));
  // The named packages come first, so that alternatives find them in the set, whatever the order of the list.
  for (const resolved of queue) chosen.set(resolved.package.name, resolved);
  for (let next = queue.shift(); next; next = queue.shift()) {
    for (const clause of next.package.depends) {
      const found = choose(index, clause, chosen, exclude, next.package.name);
      if (!found || chosen.has(found.name)) continue;
      const resolved = {
        package: found,
        why: `needed by ${next.package.name}: ${clause.map(formatRelation).join(' | ')}`,
        depth: next.depth + 1,
      };
      chosen.set(found.name, resolved);
      queue.push(resolved);
    }
  }
  return [...chosen.values()].sort((a, b) => (a.package.name < b.package.name ? -1 : 1));
}

function named(index: PackageIndex, name: string): PackageRecord {
  const record = index.get(name) ?? index.providers(name)[0];
  if (record) return record;
  throw new DebianError('unknown-package', `the suite has no package ${name}`, {
    hint: 'Check the spelling, or name another suite in contents.suite.',
  });
}

function choose(
  index: PackageIndex,
  clause: readonly Relation[],
  chosen: ReadonlyMap<string, Resolved>,
  exclude: ReadonlySet<string>,
  dependant: string,
): PackageRecord | undefined {
  const candidates = clause.flatMap((relation) => candidatesFor(index, relation));
  const met = candidates.find((candidate) => chosen.has(candidate.name));
  if (met) return met;
  const wanted = candidates.find((candidate) => !exclude.has(candidate.name));
  if (wanted || candidates.length > 0 || clause.some(({ name }) => exclude.has(name))) return wanted;
  throw new DebianError(
    'unsatisfiable',
    `${dependant} needs ${clause.map(formatRelation).join(' | ')}, which the suite lacks`,
    { hint: 'Name it in contents.exclude if the image does not need it.' },
  );
}

/**
 * Lists the packages that satisfy a relation: the real one of its name, then those that provide it. A Provides without
 * a version does not satisfy a relation with one.
 */
function candidatesFor(index: PackageIndex, relation: Relation): PackageRecord[] {
  const real = index.get(relation.name);
  const providers = index
    .providers(relation.name)
    .filter(({ provides }) =>
      provides.some(
        (provided) =>
          provided.name === relation.name &&
          (relation.version === undefined ||
            (provided.version !== undefined && satisfies(provided.version, relation))),
      ),
    );
  return real && satisfies(real.version, relation) ? [real, ...providers] : providers;
}
