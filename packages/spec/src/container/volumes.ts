import { SpecError } from '../error.js';
import type { Mount } from '../linuxkit-yml.js';
import type { Volume } from '../model.js';
import { nearest } from '../schema/nearest.js';

/** Replaces a volume in the source of a bind by the volume's path at run time. A source that is a path stays. */
export function bindVolume(bind: string, volumes: readonly Volume[]): string {
  const [source, destination, options, ...rest] = bind.split(':');
  if (source.startsWith('/')) return bind;
  const merged = volumePath(source, volumes, options === 'ro');
  return [merged, destination, options, ...rest].filter((part) => part !== undefined).join(':');
}

/** Replaces a volume in the source of a mount of type bind. */
export function mountVolume<T extends Mount>(mount: T, volumes: readonly Volume[]): T {
  const { type, source = '', options = [] } = mount;
  if (type !== 'bind' || source.startsWith('/')) return mount;
  const readonly = options.find((option) => option === 'ro' || option === 'rw') === 'ro';
  return { ...mount, source: volumePath(source, volumes, readonly) };
}

/** Returns the path of a volume's contents at run time, where init mounts its overlay before containers start. */
function volumePath(name: string, volumes: readonly Volume[], readonly: boolean): string {
  const volume = volumes.find((candidate) => candidate.name === name);
  if (!volume) {
    const names = volumes.map((candidate) => candidate.name);
    const suggestion = nearest(name, names);
    throw new SpecError('unknown-name', `no volume "${name}"`, {
      hint: suggestion
        ? `Did you mean "${suggestion}"?`
        : `Write a path that starts with /, or the name of a volume (${names.join(', ') || 'the system has no volume'}).`,
    });
  }
  if (volume.readonly && !readonly) {
    throw new SpecError('bad-value', `the volume "${name}" is read-only and is mounted read-write`, {
      hint: 'Add the option ro.',
    });
  }
  return `/containers/volumes/${name}/merged`;
}
