import type { Distribution } from '../facts.js';

/** The distribution that an os-release(5) names; undefined where it names none. */
export function readOsRelease(text: string): Distribution | undefined {
  const [id, version] = ['ID', 'VERSION_ID'].map((key) => {
    const [, value] = new RegExp(`^${key}=["']?([^"'\\n]*)["']?$`, 'm').exec(text) ?? [];
    return value === '' ? undefined : value;
  });
  return id === undefined ? undefined : { id, ...(version !== undefined && { version }) };
}
