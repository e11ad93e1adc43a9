import { recordsIn } from './fields.js';
import type { NamedPackage } from './record.js';

/** The packages in apk's `lib/apk/db/installed`: https://wiki.alpinelinux.org/wiki/Apk_spec */
export function readApk(text: string): NamedPackage[] {
  return recordsIn(text).flatMap((fields) => {
    const [name, version, architecture] = ['P', 'V', 'A'].map((key) => fields.get(key));
    if (!name || !version) return [];
    const [license, origin] = [fields.get('L'), fields.get('o')];
    return [
      {
        type: 'apk',
        name,
        version,
        ...(architecture && { architecture }),
        ...(license && { license }),
        ...(origin && origin !== name && { source: { name: origin } }),
      },
    ];
  });
}
