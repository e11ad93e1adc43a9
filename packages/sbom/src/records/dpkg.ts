import type { SourcePackage } from '../facts.js';
import { recordsIn } from './fields.js';
import type { NamedPackage } from './record.js';

/**
 * The installed packages in dpkg's `status`, or in a file of `status.d` of an image without dpkg. A package that was removed and
 * has left its configuration is not installed.
 */
export function readDpkg(text: string): NamedPackage[] {
  return recordsIn(text).flatMap((fields) => {
    const [name, version] = [fields.get('Package'), fields.get('Version')];
    const status = fields.get('Status');
    if (!name || !version || (status !== undefined && !/ installed$/.test(status))) return [];
    const architecture = fields.get('Architecture');
    const source = sourceOf(fields.get('Source'), name, version);
    return [{ type: 'deb', name, version, ...(architecture && { architecture }), ...(source && { source }) }];
  });
}

/** `glibc`, or `glibc (2.36-9)` where the source has another version. Absent where it is called as the package is. */
function sourceOf(field: string | undefined, name: string, version: string): SourcePackage | undefined {
  const [, source, other] = /^(\S+)(?:\s+\((.+)\))?$/.exec(field ?? '') ?? [];
  if (source === undefined) return undefined;
  const isOther = other !== undefined && other !== version;
  return source === name && !isOther ? undefined : { name: source, ...(isOther && { version: other }) };
}
