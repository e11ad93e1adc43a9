import { SECTIONS } from '@nx-linuxkit/spec';
import type { History, Snapshot } from './history.js';
import { idOf, type RanTask } from './ran-task.js';

/** Why the last build of a system that made something had to. */
export interface Why {
  readonly system: string;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  /** When that build ended, in RFC 3339. */
  readonly at: string;
  /** When the build before it ended that made something; absent for the first one that the store knows. */
  readonly since?: string;
  /** In the order of the YAML. */
  readonly changes: readonly Change[];
  /** Tasks that read nothing that has changed, with what they found. */
  readonly others: readonly RanTask[];
}

/** An input that has changed, and the tasks that ran and read it. */
export interface Change {
  /** `services/nginx`, `files/etc/motd`, `package images/app`, `option compressor`. */
  readonly place: string;
  /** Such as `env`, or the path of a file of a package. Absent where the whole place came or went. */
  readonly name?: string;
  readonly change: 'added' | 'removed' | 'changed';
  readonly tasks: readonly RanTask[];
}

/** Lists of the YAML whose order is a field of its own. */
const LISTS = ['init', 'volumes', 'files', ...SECTIONS];

/** Compares what the two last builds were made of. Each task belongs to every change that it has read. */
export function explain({ system, platform, before, after, tasks }: History): Why {
  const found = before ? differences(before, after) : [];
  const changes = found.map(({ readers, ...change }): Change => {
    const reads = (task: RanTask) =>
      readers.includes(idOf(task, system)) || (task.stage === 'format' && readers.includes('format'));
    return { ...change, tasks: tasks.filter(reads) };
  });
  const explained = new Set(changes.flatMap((change) => change.tasks));
  return {
    ...{ system, platform, at: after.at },
    ...(before && { since: before.at }),
    changes,
    others: tasks.filter((task) => !explained.has(task)),
  };
}

type Difference = Omit<Change, 'tasks'> & { readonly readers: readonly string[] };

function differences(before: Snapshot, after: Snapshot): Difference[] {
  const places = [...new Set([...Object.keys(after.fields), ...Object.keys(before.fields)])];
  const all = places.flatMap((place) => differencesAt(place, before, after));
  // A list that an entry has joined or left has another order too, which says nothing more.
  const lists = LISTS.filter((list) => all.some(({ place, name }) => !name && place.startsWith(`${list}/`)));
  return all.filter(({ place, name }) => !(name === 'order' && lists.includes(place)));
}

function differencesAt(place: string, before: Snapshot, after: Snapshot): Difference[] {
  const [old, now] = [before.fields[place], after.fields[place]];
  if (!old) return [{ place, change: 'added', readers: allReaders(now, after) }];
  if (!now) return [{ place, change: 'removed', readers: allReaders(old, before) }];
  const names = [...new Set([...Object.keys(now), ...Object.keys(old)])];
  return names.flatMap((name): Difference[] => {
    if (old[name]?.[0] === now[name]?.[0]) return [];
    const change = !old[name] ? 'added' : !now[name] ? 'removed' : 'changed';
    const [[, index], { readers }] = now[name] ? [now[name], after] : [old[name], before];
    return [{ place, name, change, readers: readers[index] }];
  });
}

function allReaders(fields: Snapshot['fields'][string], { readers }: Snapshot): string[] {
  return [...new Set(Object.values(fields).flatMap(([, index]) => readers[index]))];
}
