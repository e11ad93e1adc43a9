import { SpecError } from './error.js';
import { SECTIONS, type OsSpec } from './model.js';

/** The id that LinuxKit gives to the first container. */
const FIRST_ID = 100;

/**
 * Numbers all containers from 100 upward, over all sections. The number is the user and group id that the name of
 * the container stands for. If two containers have the same name, the later one counts.
 */
export function idMap(os: Pick<OsSpec, 'onboot' | 'onshutdown' | 'services'>): Map<string, number> {
  const names = SECTIONS.flatMap((section) => os[section].map(({ name }) => name));
  return new Map(names.map((name, index) => [name, FIRST_ID + index]));
}

/**
 * Resolves a uid or gid as the YAML gives it: a number from 0 to 4294967295, `root`, the empty string (0), or the
 * name of a container in `ids`.
 *
 * Throws `SpecError`: `bad-value` for a number out of range, `unknown-name` for any other text.
 */
export function numericId(
  id: string | number | bigint | undefined,
  ids: ReadonlyMap<string, number>,
): number {
  if (id === undefined || id === '' || id === 'root') return 0;
  if (typeof id !== 'string') {
    if (id >= 0 && id <= 0xffffffff) return Number(id);
    throw new SpecError('bad-value', `expected an id from 0 to 4294967295, got ${id}`);
  }
  const found = ids.get(id);
  if (found !== undefined) return found;
  throw new SpecError('unknown-name', `no user or group "${id}"`, {
    hint: `Write a number, root, or the name of a container (${[...ids.keys()].join(', ') || 'the system has no container'}).`,
  });
}
