import type { RangeEvent } from './feed/advisory.js';
import type { Comparator } from './versions/comparators.js';

/** What an advisory says about one version. */
export interface Verdict {
  readonly isAffected: boolean;
  /** The versions behind this one in which it is fixed, ascending. */
  readonly fixed: readonly string[];
}

/**
 * Evaluates versions and ranges of an advisory, as https://ossf.github.io/osv-schema/#evaluation has it. Bounds that cannot be
 * compared with the version are passed over.
 */
export function verdictOn(
  version: string,
  {
    versions,
    ranges,
  }: { readonly versions: readonly string[]; readonly ranges: readonly (readonly RangeEvent[])[] },
  compare: Comparator,
): Verdict {
  const isListed = versions.some((one) => one === version || compare(one, version) === 0);
  const hit = ranges.filter((events) => isInRange(version, events, compare));
  const fixed = ranges
    .flat()
    .flatMap((event) => ('fixed' in event ? [event.fixed] : []))
    .filter((one) => (compare(one, version) ?? -1) > 0)
    .sort((a, b) => compare(a, b) ?? 0);
  return { isAffected: isListed || hit.length > 0, fixed: [...new Set(fixed)] };
}

function isInRange(version: string, events: readonly RangeEvent[], compare: Comparator): boolean {
  const isBefore = (bound: string, orEqual: boolean): boolean => {
    const order = bound === '0' ? -1 : compare(bound, version);
    return order !== undefined && (orEqual ? order <= 0 : order < 0);
  };
  let isAffected = false;
  for (const event of sorted(events, compare)) {
    if ('introduced' in event && isBefore(event.introduced, true)) isAffected = true;
    if ('fixed' in event && isBefore(event.fixed, true)) isAffected = false;
    if ('lastAffected' in event && isBefore(event.lastAffected, false)) isAffected = false;
  }
  const limits = events.flatMap((event) => ('limit' in event ? [event.limit] : []));
  return isAffected && (limits.length === 0 || limits.some((limit) => !isBefore(limit, true)));
}

function sorted(events: readonly RangeEvent[], compare: Comparator): RangeEvent[] {
  const boundOf = (event: RangeEvent) => Object.values(event)[0] as string;
  return [...events].sort((a, b) => {
    const [left, right] = [boundOf(a), boundOf(b)];
    if (left === right) return 0;
    if (left === '0' || right === '0') return left === '0' ? -1 : 1;
    return compare(left, right) ?? 0;
  });
}
