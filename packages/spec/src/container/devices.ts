import { SpecError } from '../error.js';
import { omitEmpty } from '../go-json.js';
import type { Device } from '../linuxkit-yml.js';

/** Returns the device node, and the cgroup rule that allows its use. The path `all` gives only the rule. */
export function resolveDevice({ path = '', type = '', major = 0, minor = 0, mode = '' }: Device) {
  const rule = { allow: true, type: omitEmpty(type) };
  const access = 'rwm';
  if (path === 'all') return { node: undefined, rule: { ...rule, access } };
  return {
    node: { path, type, major, minor, fileMode: parseMode(mode) },
    rule: { ...rule, major, minor, access },
  };
}

/** Parses permission bits in octal, such as `0644`. */
export function parseMode(text: string): number {
  const mode = /^\+?[0-7]+$/.test(text) ? parseInt(text, 8) : NaN;
  if (mode <= 0x7fffffff) return mode;
  const got = text === '' ? 'nothing' : `"${text}"`;
  throw new SpecError('bad-value', `expected a mode in octal, got ${got}`, { hint: 'Write it as "0644".' });
}
