import { randomBytes } from 'node:crypto';

/** Characters of a system's name in that of a machine: clouds take 60 at least. */
const LONGEST = 48;

/**
 * A name for a machine of a system, which clouds and hypervisors take, and which no other machine has: what removes the machine in
 * the end names it, and must meet no other one.
 */
export function machineName(system: string): string {
  const plain = system
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, '-')
    .replace(/^[^a-z]+/, '');
  return `${plain.slice(0, LONGEST) || 'system'}-${randomBytes(3).toString('hex')}`;
}
