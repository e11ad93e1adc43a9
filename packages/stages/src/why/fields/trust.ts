import type { OsPlan } from '../../plan/os-plan.js';
import type { Field } from './field.js';

/** The section `trust`, the option `signatures`, and the files that the check of signatures reads. */
export function trustFields({ os: { trust }, signatures, settings }: OsPlan): Field[] {
  const readers = ['verify'];
  const entries = Object.entries(trust).filter(([, list]) => list.length > 0);
  return [
    ...entries.map(([name, value]) => ({ place: 'trust', name, value, readers })),
    ...(settings.signatures === undefined
      ? []
      : [{ place: 'option signatures', name: 'value', value: settings.signatures, readers }]),
    ...filesOfPolicy(signatures?.parts).map(([path, text]) => ({
      ...{ place: path, name: 'text', value: text, readers },
    })),
  ];
}

/** The last part of the key of signatures lists the files that the check reads. */
function filesOfPolicy(parts: readonly unknown[] = []): [string, unknown][] {
  return (parts.at(-1) ?? []) as [string, unknown][];
}
