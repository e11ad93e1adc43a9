import { DebianError } from '../errors.js';
import type { PackageIndex, PackageRecord, Relation } from './packages.js';
import { formatRelation, satisfies } from './relation.js';

export interface Resolved {
  readonly package: PackageRecord;
  /** `named in build.yml`, or `needed by nginx: libc6 (>= 2.34)`. */
  readonly why: string;
  /** Steps from a named package, the fewest. */
  readonly depth: number;
}

/** Names to leave out, with what only they need. */
export interface ResolveOptions {
  readonly exclude?: readonly string[];
}

/**
 * The named packages and what they depend on (Pre-Depends and Depends; no Recommends), sorted by name.
 * Of alternatives: one that is already in the set, else the first that a real package satisfies, else the
 * first provider by name. Conflicts are not looked at: nothing is installed, files are only picked.
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
  /** All named ones first, so that an alternative meets them whatever the order of the list. */
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
    hint: 'check the spelling, or name another suite in contents.suite',
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
    {
      hint: 'exclude it in contents.exclude if it is not needed',
    },
  );
}

/** The real package of the name, then those that provide it; a versioned relation needs a versioned Provides. */
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
