import { SpecError } from './error.js';
import { SECTIONS, type OsSpec } from './model.js';

/** LinuxKit's first id for containers. */
const FIRST_ID = 100;

/** Names of containers to their user and group ids: from 100 upward over all sections; a later namesake wins. */
export function idMap(os: Pick<OsSpec, 'onboot' | 'onshutdown' | 'services'>): Map<string, number> {
  const names = SECTIONS.flatMap((section) => os[section].map(({ name }) => name));
  return new Map(names.map((name, index) => [name, FIRST_ID + index]));
}

/** A uid or gid as written: a number, `root`, the empty string, or the name of a container. */
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
    hint: `Write a number, root, or the name of a container (${[...ids.keys()].join(', ') || 'there is none'}).`,
  });
}
