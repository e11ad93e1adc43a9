import { fileKind, formatMetadata } from '@nx-linuxkit/spec';
import type { OsPlan } from '../../plan/os-plan.js';
import { unique, type Field } from './field.js';
import { INITRAMFS } from './tasks.js';

/** The entries of `files` with all their keys, and the metadata that one of them may write. */
export function fileFields({ os }: OsPlan): Field[] {
  const places = filePlaces(os.files);
  return [
    { place: 'files', name: 'order', value: places, readers: INITRAMFS },
    ...os.files.flatMap((file, i) => {
      const keys = Object.entries(file).filter(([name]) => name !== 'path');
      const own = keys.map(([name, value]) => ({
        ...{ place: places[i], name, value, readers: INITRAMFS },
      }));
      if (fileKind(file) !== 'metadata') return own;
      const text = formatMetadata(os, 'json');
      return [...own, { place: places[i], name: 'text of the metadata', value: text, readers: INITRAMFS }];
    }),
  ];
}

/** The places of `files` entries. */
export function filePlaces(files: OsPlan['os']['files']): string[] {
  return unique(files.map(({ path }) => `files/${path}`));
}
